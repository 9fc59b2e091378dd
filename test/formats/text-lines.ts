/** Lines of text as sensors, the container runtime and syslog write them, each a record of one fact. */
import { fixture } from './format-context.ts';
import { auditRecord, falcoRecord } from './sample-records.ts';
import { vaultRecord } from './sensor-records.ts';

const [OUTBOUND = '', INBOUND = ''] = fixture('istio-docs/access-log-default.log').trim().split('\n');
const FALCO_OUTPUT = (
  JSON.parse(fixture('falco-website/alerts.jsonl').split('\n')[2] ?? '') as { output: string }
).output;
const SPIRE =
  'time="2026-03-10T14:00:02Z" level=info msg="API accessed" caller_path=/opt/spire/bin/spire-server method=BatchCreateEntry request_id=r-2 service=entry.v1.Entry spiffe_id="spiffe://example.org/pay" status=success type=audit';
const RUNTIME = '2026-03-10T14:00:03.001000000Z stdout F ';

/** By name, with the source of the record that each is. */
export const TEXT_LINES: Readonly<Record<string, { source: string; line: string }>> = {
  'an access log of Istio, outbound': { source: 'istio', line: OUTBOUND },
  'an access log of Istio, inbound': { source: 'istio', line: INBOUND },
  'an access log of Envoy': {
    source: 'istio',
    line: '[2026-03-10T14:00:02.118Z] "GET / HTTP/1.1" 200 - 0 135 4 4 "-" "curl/8" "84961386-6d84" "ledger:8080" "10.44.1.27:80"',
  },
  'a connection of ztunnel': {
    source: 'istio',
    line: '2026-03-10T14:00:02.121Z\terror\taccess\tconnection complete\tsrc.addr=10.0.0.1:4 src.workload="notify-1" src.namespace="payments" dst.addr=10.0.0.2:15008 direction="inbound" duration="3ms" error="connection closed due to policy rejection"',
  },
  'an alert of Falco with its day': {
    source: 'falco',
    line: `2021-01-14T${FALCO_OUTPUT.replace(': Notice', '+0000: Notice')}`,
  },
  'an audit line of SPIRE': { source: 'spire', line: SPIRE },
  'a line of Argo CD': {
    source: 'argocd',
    line: 'time="2026-03-10T14:00:02Z" level=info msg="Updated sync status: Synced -> OutOfSync" application=argocd/pay dest-namespace=payments reason=ResourceUpdated type=Normal',
  },
  'the container runtime, JSON': {
    source: 'kubernetes-audit',
    line: RUNTIME + JSON.stringify(auditRecord()),
  },
  'the container runtime, a list': {
    source: 'kubernetes-audit',
    line: `${RUNTIME}[${JSON.stringify(auditRecord())}]`,
  },
  'the container runtime, an access log': { source: 'istio', line: RUNTIME + OUTBOUND },
  'the container runtime, an alert without its day': { source: 'falco', line: RUNTIME + FALCO_OUTPUT },
  'the container runtime, key=value': { source: 'spire', line: RUNTIME + SPIRE },
  'kubectl logs --timestamps': {
    source: 'falco',
    line: `2026-03-10T14:00:03.001000000Z ${JSON.stringify(falcoRecord())}`,
  },
  'kubectl logs --prefix --timestamps': {
    source: 'falco',
    line: `[pod/falco-4cvkq/falco] 2026-03-10T15:00:03+01:00 ${JSON.stringify(falcoRecord())}`,
  },
  stern: { source: 'falco', line: `falco-4cvkq falco ${JSON.stringify(falcoRecord())}` },
  'stern over namespaces': {
    source: 'falco',
    line: `security falco-4cvkq falco ${JSON.stringify(falcoRecord())}`,
  },
  'oc adm node-logs': {
    source: 'kubernetes-audit',
    line: `ip-10-0-1-2.ec2.internal ${JSON.stringify(auditRecord())}`,
  },
  'aws logs tail': {
    source: 'kubernetes-audit',
    line: `2026-03-10T14:00:03.001000+00:00 kube-apiserver-audit-0123abcd ${JSON.stringify(auditRecord())}`,
  },
  'syslog with the mark of JSON': {
    source: 'vault',
    line: `Mar 10 14:00:02 node-2 vault[12]: @cee: ${JSON.stringify(vaultRecord())}`,
  },
  'syslog of RFC 3164, JSON': {
    source: 'vault',
    line: `<13>Mar 10 14:00:02 node-2 vault[12]: ${JSON.stringify(vaultRecord())}`,
  },
  'syslog of RFC 3164 as it is in files, JSON': {
    source: 'vault',
    line: `Mar  1 14:00:02 node-2 vault: ${JSON.stringify(vaultRecord())}`,
  },
  'syslog of RFC 5424 with data, JSON': {
    source: 'vault',
    line: `<13>1 2026-03-10T14:00:02.1Z node-2 vault 12 ID47 [a@1 b="x \\] y"][c@2] ${JSON.stringify(vaultRecord())}`,
  },
  'syslog of RFC 5424 with a mark, JSON': {
    source: 'vault',
    line: `<13>1 - node-2 vault - - - \uFEFF${JSON.stringify(vaultRecord())}`,
  },
  'syslog, JSON of Falco': {
    source: 'falco',
    line: `<5>2026-03-10T14:00:03Z node-2 falco[7]: ${JSON.stringify(falcoRecord())}`,
  },
  'syslog, text of Falco': {
    source: 'falco',
    line: `<5>2026-03-10T14:00:03Z node-2 falco[7]: ${FALCO_OUTPUT}`,
  },
  'syslog of another name, text of Falco': {
    source: 'falco',
    line: `<5>1 2026-03-10T14:00:03Z node-2 sensors 7 - - ${FALCO_OUTPUT}`,
  },
  'the container runtime, syslog, JSON': {
    source: 'vault',
    line: `${RUNTIME}<13>Mar 10 14:00:02 node-2 vault[12]: ${JSON.stringify(vaultRecord())}`,
  },
};
