# The image of the action: one static binary, certificate authorities and time
# zones. Released versions do not build this file: their action.yml names the
# published image by digest (see CONTRIBUTING.md, "Releases").
#
# Nothing here needs BuildKit, because act and older engines build without it.
# Under BuildKit the compiler runs on the machine's own platform and
# cross-compiles; without it BUILDPLATFORM, TARGETOS and TARGETARCH are empty,
# which means "as this machine".
FROM --platform=${BUILDPLATFORM:-linux} golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS
ARG TARGETARCH
ARG VERSION=dev
RUN GOOS=$TARGETOS GOARCH=$TARGETARCH ./build /keyless "$VERSION"

# No USER and no WORKDIR: Actions mounts a workspace that root owns and sets the
# working directory itself.
# https://docs.github.com/actions/reference/workflows-and-actions/dockerfile-support
FROM gcr.io/distroless/static-debian12:latest
ARG VERSION=dev
LABEL org.opencontainers.image.title="Keyless Inference" \
      org.opencontainers.image.description="Prompts on your own Azure OpenAI deployments from GitHub Actions, without an API key" \
      org.opencontainers.image.source="https://github.com/keyless-inference/action" \
      org.opencontainers.image.documentation="https://github.com/keyless-inference/action#readme" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION"
COPY --from=build /keyless /keyless
ENTRYPOINT ["/keyless"]
