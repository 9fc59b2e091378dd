/**
 * Makes the secrets of docker-compose.yml, each in the folder of who needs it, and the first API key. What is there is kept, so that a second run
 * changes nothing; a file that is deleted is made anew, with those that follow from it, and its server must be started again.
 *
 *   node deploy/make-secrets.ts FOLDER COUNTERFOIL     COUNTERFOIL: path of bin/counterfoil.js
 *
 * Every file is of its owner only. Nothing that is made is printed.
 */
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder = '', counterfoil = ''] = process.argv.slice(2);
if (folder === '' || counterfoil === '')
  throw new Error('usage: node deploy/make-secrets.ts FOLDER COUNTERFOIL');

const OWNER_ONLY = 0o600;
const BYTES = 32;
/** What docs/reference/redis.md says a user needs. */
const REDIS_RIGHTS =
  '~counterfoil:* -@all +ping +info +time +multi +discard +client|setname +cluster|slots +script|load +evalsha +expire +unlink +hget +hmget +hset +hsetnx +hdel ' +
  '+hkeys +hgetall +hlen +hstrlen +hincrby +rpush +lrange +lindex +llen +ltrim +sadd +srem +smembers +zadd +zrem +zscore +zcard +zrange ' +
  '+zrangebylex +zremrangebyscore';

/** A file appears whole or not at all. */
function write(path: string, text: string): void {
  const file = join(folder, path);
  mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, text, { mode: OWNER_ONLY });
  renameSync(`${file}.new`, file);
}

/** A secret of its own in a file, made where it is missing; without a line end, which the Collector would take for a part of it. @returns the secret */
function secret(path: string): string {
  if (!existsSync(join(folder, path))) write(path, randomBytes(BYTES).toString('hex'));
  return readFileSync(join(folder, path), 'utf8');
}

function kafka(): void {
  const [broker, counterfoilUser, collector] = [
    secret('kafka/broker-password'),
    secret('counterfoil/kafka-password'),
    secret('collector/kafka-password'),
  ];
  const module = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
  const login = `${module} username="broker" password="${broker}"`;
  const users = `user_broker="${broker}" user_counterfoil="${counterfoilUser}" user_collector="${collector}"`;
  write('kafka/jaas.conf', `KafkaServer {\n  ${login} ${users};\n};\n`);
  // For Kafka's own programs in its container.
  const properties = [
    'security.protocol=SASL_PLAINTEXT',
    'sasl.mechanism=PLAIN',
    `sasl.jaas.config=${login};`,
  ];
  write('kafka/client.properties', `${properties.join('\n')}\n`);
}

function redis(): void {
  const password = secret('counterfoil/redis-password');
  const hash = createHash('sha256').update(password).digest('hex');
  write('redis/users.acl', `user default off\nuser counterfoil reset on #${hash} ${REDIS_RIGHTS}\n`);
  write('redis/password', password);
}

function elasticsearch(): void {
  secret('elasticsearch/elastic-password');
  secret('counterfoil/elasticsearch-password');
  const settings = {
    'elasticsearch.username': 'kibana_system',
    'elasticsearch.password': secret('kibana/password'),
    'xpack.encryptedSavedObjects.encryptionKey': secret('kibana/saved-objects.key'),
    'xpack.security.encryptionKey': secret('kibana/sessions.key'),
    'xpack.reporting.encryptionKey': secret('kibana/reports.key'),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}: "${value}"\n`);
  write('kibana/kibana.yml', lines.join(''));
}

/** For people: reads, and writes what may be written. The file of keys holds its hash only. */
function firstApiKey(): void {
  const [keys, first] = ['counterfoil/api-keys.json', 'counterfoil/first-api-key'];
  if (existsSync(join(folder, keys))) return;
  const args = ['keys', 'add', '--name', 'first', '--scope', 'read,write', '--file', join(folder, keys)];
  const { status, stdout } = spawnSync(process.execPath, [counterfoil, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error('the first API key could not be made; see above');
  write(first, stdout.trim());
}

kafka();
redis();
elasticsearch();
secret('counterfoil/redaction.key');
firstApiKey();
process.stderr.write(`secrets are in ${folder}\n`);
