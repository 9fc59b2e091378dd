/**
 * The line that Istio writes where `accessLogFormat` is not set, and the one that Envoy writes by itself, as the object that its JSON
 * form would be.
 *
 * Trap: Envoy escapes nothing in text, so that a client whose User-Agent holds a quote writes columns of its own: it
 * could give itself another request id or host. A line with another number of columns than the format has is
 * therefore refused, visibly, and never guessed at; the JSON form has no such weakness. Which of the two formats a line has is
 * told by its third column, a number of bytes or not, which stands before anything that a client chose.
 *
 * Worked example: `[2020-11-25T21:26:18.409Z] "GET /status/418 HTTP/1.1" 418 - via_upstream - "-" 0 135 4 4 "-" ...`
 * -> {start_time: "2020-11-25T21:26:18.409Z", method: "GET", path: "/status/418", response_code: "418", ...}.
 * Cost: one pass. Source: Istio, EnvoyTextLogFormat; Envoy, access logging, default format string.
 */

const BEGIN = /^\[(\d{4}-\d{2}-\d{2}T[^\]\s]{4,40})\] "/;
/** Headers of a request are limited to some 60 KiB by Envoy. */
const MAX_LINE = 1 << 18;
/** What both formats have in a row. */
const SHARED_COLUMNS: readonly string[] = [
  'bytes_received',
  'bytes_sent',
  'duration',
  'upstream_service_time',
  'x_forwarded_for',
  'user_agent',
  'request_id',
  'authority',
  'upstream_host',
];
/** In the order of the line, behind the time and the request. */
const ISTIO_COLUMNS: readonly string[] = [
  'response_code',
  'response_flags',
  'response_code_details',
  'connection_termination_details',
  'upstream_transport_failure_reason',
  ...SHARED_COLUMNS,
  'upstream_cluster',
  'upstream_local_address',
  'downstream_local_address',
  'downstream_remote_address',
  'requested_server_name',
  'route_name',
];
const ENVOY_COLUMNS: readonly string[] = ['response_code', 'response_flags', ...SHARED_COLUMNS];
const COLUMN = /(?:"([^"]*)"|([^\s"]+))(?: |$)/y;

export function isIstioText(line: string): boolean {
  return BEGIN.test(line);
}

/** The columns by their names, or undefined where the line has others. */
export function parseIstioText(line: string): Record<string, string> | undefined {
  const text = line.length > MAX_LINE ? '' : line.trim();
  const time = BEGIN.exec(text)?.[1];
  if (time === undefined) return undefined;
  const columns = columnsOf(text, time.length + 3);
  const [request = '', ...rest] = columns ?? [];
  const [method = '', path = '', protocol = '', ...more] = request.split(' ');
  const names = /^\d+$/.test(rest[2] ?? '') ? ENVOY_COLUMNS : ISTIO_COLUMNS;
  if (rest.length !== names.length || more.length > 0) return undefined;
  const named = Object.fromEntries(names.map((name, i) => [name, rest[i] ?? '']));
  return { start_time: time, method, path, protocol, ...named };
}

/** The columns from an offset on; undefined where there are more than the format has, or something else. */
function columnsOf(text: string, from: number): string[] | undefined {
  const columns: string[] = [];
  for (let at = from; at < text.length; at = COLUMN.lastIndex) {
    COLUMN.lastIndex = at;
    const match = COLUMN.exec(text);
    if (match === null || columns.length > ISTIO_COLUMNS.length) return undefined;
    columns.push(match[1] ?? match[2] ?? '');
  }
  return columns;
}
