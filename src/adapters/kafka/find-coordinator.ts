/**
 * The broker that keeps a consumer group, or why there is none for this user: the driver says of every failure that it found none, also where
 * the user may not know of the group, which would be tried again and again, and looked for in addresses and TLS.
 *
 * Cost: one request more, when finding it failed. Source: Kafka's protocol guide, FindCoordinator version 2.
 */
import { protocolError, sendRaw, type Broker, type Cluster, type RawRequest } from './driver.ts';
import { ResponseReader } from './response-reader.ts';

/** @throws the driver's error, with the name of the protocol's where the broker said one */
export async function findCoordinator(cluster: Cluster, groupId: string): Promise<Broker> {
  try {
    return await cluster.findGroupCoordinator({ groupId });
  } catch (error) {
    throw (await reasonOf(cluster, groupId)) ?? error;
  }
}

/** Null: none is known. */
async function reasonOf(cluster: Cluster, groupId: string): Promise<Error | null> {
  try {
    const code = await sendRaw(await cluster.brokerPool.findConnectedBroker(), findRequest(groupId));
    return code === 0 ? null : protocolError(code);
  } catch {
    return null;
  }
}

/** What is asked for is the coordinator of a group (type 0). */
function findRequest(groupId: string): RawRequest<number> {
  return {
    apiKey: 10,
    apiVersion: 2,
    apiName: 'FindCoordinator',
    fields: (encoder) => encoder.writeString(groupId).writeBoolean(false),
    read: (answer) => {
      const reader = new ResponseReader(answer);
      reader.int32();
      return reader.int16();
    },
  };
}
