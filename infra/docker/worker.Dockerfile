# The worker's image, here and in the cloud: one static binary and the certificates of authorities, which a REDIS_URL of
# rediss:// needs. docker build -f infra/docker/worker.Dockerfile . works with BuildKit and with the classic builder.
ARG GO_IMAGE=golang:1.26-trixie

FROM ${GO_IMAGE} AS build
WORKDIR /src
COPY worker-go/go.mod worker-go/go.sum ./
RUN go mod download
COPY worker-go .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /worker .

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /worker /worker
USER 65532:65532
EXPOSE 50053
ENTRYPOINT ["/worker"]
