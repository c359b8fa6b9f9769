# The image of serverless-offline with the Lambda handlers, for this machine only.
ARG NODE_IMAGE=node:24-trixie-slim

FROM ${NODE_IMAGE}
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Without scripts, which would fetch a second Node: esbuild's binary is a package of its own.
RUN npm ci --ignore-scripts --cache /tmp/npm && rm -rf /tmp/npm
COPY . .
# The dashboard's page: the container itself can write nothing, and would build it at every start.
RUN node --input-type=module --eval 'await (await import("./infra/serverless/dashboard-page.mjs")).page()'
# A volume that is mounted here has the owner of what it covers.
RUN mkdir /archive && chown 1000:1000 /archive
# Serverless keeps its settings in the home folder.
ENV HOME=/tmp
USER 1000:1000
EXPOSE 3000
CMD ["node", "--import", "./infra/local/offline/preload.ts", "node_modules/serverless/bin/serverless.js", \
     "offline", "start", "--stage", "dev", "--useInProcess", "--noSponsor", \
     "--host", "0.0.0.0", "--httpPort", "3000", "--lambdaPort", "3002"]
