# One image for every role: ROLE=api or ROLE=worker, with DATABASE_URL, REDIS_URL and ACCESS_TOKEN_PRIVATE_KEY.
# A mirror's, or one pinned by its digest: --build-arg NODE_IMAGE=docker.io/library/node:24-slim@sha256:…
ARG NODE_IMAGE=docker.io/library/node:24-slim
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json prisma.config.ts ./
COPY prisma prisma
COPY scripts scripts
COPY src src
COPY examples examples
COPY schema.graphql ./
RUN npm run build:web
RUN node -e "import('./scripts/setup.mjs').then(({ setup }) => setup())"
# The compiler, Prisma's command line, GraphiQL and the embedded PostgreSQL stay behind: most of the size. What is left must load.
RUN npm prune --omit=dev --omit=optional && node -e "import('./dist/bootstrap.js')"

FROM ${NODE_IMAGE}
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
# Served where WEB_APP is true.
COPY --from=build /app/examples/web/dist examples/web/dist
COPY prisma/migrations prisma/migrations
COPY playground playground
# Compiled code of what a start loads, made once: a quarter of that time. Written by root, and only read from here on.
ENV NODE_COMPILE_CACHE=/app/.compile-cache
RUN node -e "import('./dist/bootstrap.js').then(() => Promise.all(['composition/graphql', 'http/graphql', 'jobs/scheduler'].map((room) => import('./dist/' + room + '.js'))))" && chmod -R a+rX .compile-cache
USER node
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/livez').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1, so that it gets the signal that stops it.
CMD ["node", "dist/main.js"]
