# Two images, built from the sources and run compiled: the worker with the command line, and the verifier alone.
# Images are named by full versions; to pin one by digest, see docker-compose.yml.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The image is the Node that runs the checkout; the workspace that brings one is left out.
RUN npm install --no-save --no-audit --no-fund --ignore-scripts --include=dev --workspaces=false
COPY . .
RUN node scripts/build.ts && npm prune --omit=dev --no-save --no-audit --no-fund --ignore-scripts --workspaces=false

# docker build --target verifier --tag countersign-verifier .
# docker run --rm --network none --read-only --volume "$PWD:/work:ro" countersign-verifier PACK --trust trust.json
FROM node:24.21.0-bookworm-slim AS verifier
COPY --from=build /app/LICENSE /app/NOTICE /app/dist/verify.mjs /verifier/
WORKDIR /work
USER node
ENTRYPOINT ["node", "/verifier/verify.mjs"]

# glibc, since Temporal's native part needs it.
FROM node:24.21.0-bookworm-slim AS worker
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/LICENSE /app/NOTICE /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/bin ./bin
COPY --from=build /app/dist ./dist
USER node
CMD ["node", "dist/worker/main.js"]
