# syntax=docker/dockerfile:1
# A static binary on an image without a shell; serves HTTP, or one program with `docker run -i … stdio`.

FROM rust:1.95.0-alpine AS build
# The C parts (cryptography, the allocator) are compiled against musl too. The image's own toolchain is the pinned one.
# hadolint ignore=DL3018
RUN apk add --no-cache build-base
ENV RUSTUP_TOOLCHAIN=1.95.0
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package frontdesk \
    && cp target/release/frontdesk /frontdesk \
    && mkdir /state

# It brings the certificate authorities, time zones, and a user who is not root.
FROM gcr.io/distroless/static-debian12:nonroot
LABEL org.opencontainers.image.title="Frontdesk" \
      org.opencontainers.image.description="The open, self-hosted gateway between AI agents and Intercom" \
      org.opencontainers.image.source="https://github.com/frontdesk-dev/frontdesk" \
      org.opencontainers.image.licenses="Apache-2.0" \
      io.modelcontextprotocol.server.name="io.github.frontdesk-dev/frontdesk"
COPY --from=build /frontdesk /usr/local/bin/frontdesk
COPY --from=build --chown=65532:65532 /state /state
# The audit log lives here; mount a volume to keep it.
VOLUME /state
ENV FRONTDESK_HOME=/state \
    FRONTDESK_LISTEN=0.0.0.0:8787
EXPOSE 8787
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/frontdesk"]
CMD ["serve"]
