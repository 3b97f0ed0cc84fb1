# One image per service:  docker build --build-arg SERVICE=orders -t ticketing/orders .
# --target dev     runs the sources and restarts when they change, for `skaffold dev`
# --target web     with SERVICE=web: the shop
# --target cards   with SERVICE=tools/card-network: the local card network, for clusters without Stripe
ARG BASE=node:24-bookworm-slim

FROM ${BASE} AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY auth/package.json auth/
COPY client/package.json client/
COPY common/package.json common/
COPY expiration/package.json expiration/
COPY notifications/package.json notifications/
COPY orders/package.json orders/
COPY payments/package.json payments/
COPY tests/package.json tests/
COPY tickets/package.json tickets/
COPY tools/api-docs/package.json tools/api-docs/
COPY tools/card-network/package.json tools/card-network/
COPY tools/local/package.json tools/local/
COPY tools/ops/package.json tools/ops/
COPY web/package.json web/

FROM manifests AS dependencies
RUN npm ci

# All services share this layer. It is built on the image's platform, because some packages have native code.
FROM manifests AS production-dependencies
RUN npm ci --omit=dev --workspace=common --workspace=auth --workspace=tickets --workspace=orders --workspace=expiration --workspace=payments --workspace=notifications \
  && npm cache clean --force

# All services share this layer too.
FROM dependencies AS common
COPY tools/build.mjs tools/
COPY common/src common/src
RUN node tools/build.mjs

FROM common AS build
ARG SERVICE
COPY ${SERVICE}/src ${SERVICE}/src
RUN node tools/build.mjs

FROM ${BASE} AS program
ENV NODE_ENV=production
WORKDIR /app
# Also the packages that npm places in a workspace's own node_modules.
COPY --from=production-dependencies /app ./
COPY --from=common /app/common/dist common/dist
# auth serves them.
COPY docs/api docs/api
COPY auth/page auth/page
# Any user works: the service writes no files.
USER 10001:10001

FROM program AS cards
COPY --from=build /app/tools/card-network/dist tools/card-network/dist
WORKDIR /app/tools/card-network
CMD ["node", "--enable-source-maps", "dist/main.js"]

FROM dependencies AS site
COPY tools/build.mjs tools/
COPY tsconfig.json ./
COPY client/src client/src
COPY web/app web/app
COPY web/src web/src
COPY web/tsconfig.json web/vite.config.mts web/
RUN node tools/build.mjs

# Not from `program`: the shop needs none of the services' packages, and a single one of its own.
FROM ${BASE} AS web
ENV NODE_ENV=production
WORKDIR /app
COPY --from=site /app/node_modules/zod node_modules/zod
COPY --from=site /app/web/dist web/dist
COPY --from=site /app/web/site web/site
# Any user works: the program writes no files.
USER 10001:10001
WORKDIR /app/web
CMD ["node", "--enable-source-maps", "dist/main.js"]

FROM dependencies AS dev
ARG SERVICE
COPY docs/api docs/api
COPY auth/page auth/page
COPY --chown=10001:10001 common/src common/src
COPY --chown=10001:10001 ${SERVICE}/src ${SERVICE}/src
USER 10001:10001
WORKDIR /app/${SERVICE}
CMD ["node", "/app/node_modules/tsx/dist/cli.mjs", "watch", "--conditions=source", "src/main.ts"]

FROM program AS production
ARG SERVICE
COPY --from=build /app/${SERVICE}/dist ${SERVICE}/dist
WORKDIR /app/${SERVICE}
CMD ["node", "--enable-source-maps", "dist/main.js"]
