/** What the process tells of itself, by name: `event.action` of each line of the log. Stable, so that alerts can name them. */
export const LOG_EVENTS = {
  'engine-started': 'The engine has taken up its work',
  'engine-ready': 'What an earlier run took and had not applied is applied',
  'engine-failed': 'The engine has stopped because of an error',
  'engine-finished': 'All inputs have ended; every document is final',
  'record-passed-over': 'A record of the log could not be read and was passed over',
  'rule-doubtful':
    'A rule says something that is no fault, and hardly what its author meant; `counterfoil validate` says it too',
  'telemetry-silent':
    'A pod that an event concerns fell silent although it should talk; killing telemetry is an attack in itself',
  reconciled: 'What was linked live was compared with what the retro lane finds',
  'recall-below-one':
    'The live lane lacks links that the retro lane finds; `counterfoil retro --event` shows them',
  'reconcile-failed':
    'What was linked live could not be compared with what the retro lane finds; it is tried again',
  'checkpoints-stopped':
    'The thread that takes checkpoints of the index has failed; commits take them again, and are slower',
  'log-recovered': 'A crash had left unfinished bytes behind the last record; they were cut off',
  'kafka-trouble': 'Kafka is not as it should be',
  waiting: 'A server does not take what it is given; nothing is lost, the worker waits',
  'waiting-over': 'The worker goes on',
  'window-lost':
    'The window that workers share was lost; events are put back, and the topic is asked for the rest',
  'document-refused': 'Elasticsearch refuses a document, and would again',
  'turn-begun': 'This incidents worker publishes from now on',
  'turn-over': 'Another incidents worker publishes from now on; this one keeps up and stands by',
  'role-started': 'A worker has begun',
  listening: 'Listening',
  'request-failed': 'A request failed on our side',
  'access-in-clear':
    'A listener off loopback takes API keys without TLS: whoever sees the traffic has the keys',
  'access-refused': 'A request was not let in',
  'notice-delivered': 'A notice was taken by the webhook',
  'notice-retried': 'The webhook did not take a notice; it is tried again',
  'notice-given-up': 'A notice was given up, and nobody was told',
  'notices-failed': 'What is to be told could not be read or noted; it is tried again',
  draining: 'Stopping: no new records are taken, what is in the log is applied',
  'stopped-early':
    'Stopped without waiting any longer for a server that does not answer; what was not done is done again by the next',
  stopped: 'Stopped; everything that was taken is applied',
} as const;

export type LogEvent = keyof typeof LOG_EVENTS;
