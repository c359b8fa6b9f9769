# The gateway's image, here and in the cloud, and the migration's: Node, the libraries that it is linked with, production
# dependencies and the sources; no shell, no npm. NODE_IMAGE is a Debian variant.
ARG NODE_IMAGE=node:24-trixie-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
RUN mkdir /runtime && cp --parents -L /usr/local/bin/node $(ldd /usr/local/bin/node | grep -o '/[^ ]*') /runtime
COPY package.json package-lock.json .npmrc ./
# No package that runs in production needs a script at its installation.
RUN npm ci --omit=dev --ignore-scripts --cache /tmp/npm && rm -rf /tmp/npm

FROM scratch
WORKDIR /app
ENV PATH=/usr/local/bin NODE_ENV=production
COPY --from=build /runtime /
COPY --from=build /app/node_modules node_modules
COPY package.json ./
COPY infra/docker/health.mjs infra/docker/health.mjs
COPY proto proto
COPY core core
COPY grpc-gateway grpc-gateway
USER 65532:65532
EXPOSE 50051 50052
# As in infra/local/services.ts.
CMD ["node", "--max-semi-space-size=8", "--heap-growing-percent=100", "grpc-gateway/main.ts"]
