# The worker. Built from the sources, run compiled; glibc, since Temporal's native part needs it.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm install --no-save --ignore-scripts --include=dev --include=optional
COPY . .
RUN node scripts/build.ts && npm prune --omit=dev --ignore-scripts --no-save

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/bin ./bin
COPY --from=build /app/dist ./dist
RUN mkdir /data && chown node:node /data
USER node
CMD ["node", "dist/worker/main.js"]
