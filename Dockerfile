# Builds the server and runs it as an ordinary user. Data lives in the volume /data.
FROM swift:6.1-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
    pkg-config libsqlite3-dev libcurl4-openssl-dev libxml2-dev libsodium-dev zlib1g-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Package.swift ./
COPY Sources Sources
COPY Tests Tests
COPY benchmarks benchmarks
RUN swift build -c release --product batchreports --static-swift-stdlib

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
    libsqlite3-0 libcurl4 libxml2 libsodium23 zlib1g ca-certificates tzdata && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /data batchreports
WORKDIR /app
COPY --from=build /src/.build/release/batchreports ./
COPY Templates Templates
COPY Public Public
COPY migrations migrations
USER batchreports
ENV BATCH_HOST=0.0.0.0 BATCH_DATA_DIR=/data BATCH_RESOURCES_DIR=/app
EXPOSE 8080
VOLUME /data
CMD ["./batchreports", "serve"]
