/** How the API describes itself: OpenAPI 3.1 made from the schemas that the routes validate by. */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';

export function openApiOptions(version: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Counterfoil',
        version,
        description:
          'Links security events in containers to the payments that passed there, and says how much money can still be stopped, how, and until when. Amounts are decimal text, times RFC 3339 in UTC, lists `{"items":[…],"next":cursor|null}`, errors problem details (RFC 9457).',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          key: {
            type: 'http',
            scheme: 'bearer',
            description:
              'An API key of `counterfoil keys add`, with the scope `intake` for records, `read` for documents and metrics, `write` for all else. Not asked on loopback where there are no keys; a verified client certificate stands for it.',
          },
        },
      },
      security: [{ key: [] }, {}],
      tags: [
        { name: 'payments', description: 'Did anything bad touch this payment, when, and how sure is that?' },
        { name: 'incidents', description: 'What happened, which payments, how much money, until when?' },
        { name: 'events', description: 'Security events.' },
        { name: 'links', description: 'Which event met which payment, and how that is known.' },
        { name: 'retro', description: 'Questions about yesterday, answered as jobs.' },
        { name: 'intake', description: 'Records in: answered once they are durable.' },
        { name: 'service', description: 'The server itself.' },
      ],
    },
    convertConstToEnum: false,
    refResolver: {
      buildLocalReference: (json, _base, _fragment, i) =>
        typeof json['title'] === 'string' ? json['title'] : `def-${i}`,
    },
  };
}
