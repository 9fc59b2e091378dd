# Counterfoil as an image: compiled in one stage, its production dependencies fetched in another, and of both only what runs in the last.
#
#   docker build -t counterfoil:0.1.0 .
#   docker run --rm counterfoil:0.1.0 demo --once
#
# It runs as the user 1000, writes to /var/lib/counterfoil only, and takes its settings from flags, COUNTERFOIL_* variables or a
# mounted file (-c). A release that must be the same for ever adds the digest of the base image behind its tag.

FROM node:24.21.0-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No scripts of packages: what the build needs has none.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY tools/build.ts tools/
COPY src src
RUN node tools/build.ts

FROM node:24.21.0-trixie-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM node:24.21.0-trixie-slim
ENV NODE_ENV=production \
    COUNTERFOIL_DATA=/var/lib/counterfoil
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE CHANGELOG.md ./
COPY bin bin
COPY data data
COPY schemas schemas
COPY examples/stolen-token/README.md examples/stolen-token/
COPY examples/stolen-token/data examples/stolen-token/data
# New volumes take the owner of the folders they are put on. Those of /secrets are for docker-compose.yml.
RUN ln -s /app/bin/counterfoil.js /usr/local/bin/counterfoil \
    && install -d -o 1000 -g 1000 -m 0700 /var/lib/counterfoil \
    && install -d -o 1000 -g 1000 -m 0700 /secrets/kafka /secrets/redis /secrets/elasticsearch /secrets/kibana \
    && install -d -o 1000 -g 1000 -m 0700 /secrets/collector /secrets/counterfoil
USER 1000:1000
VOLUME /var/lib/counterfoil
# API, page and intake; OTLP over HTTP. Both listen on loopback, until they are told otherwise and have keys.
EXPOSE 8686 4318
# Whether the process is alive; whether it has what it needs is said by /readyz. With TLS, or for another port, say it anew.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:8686/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["counterfoil"]
CMD ["run"]
