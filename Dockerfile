# A prover and verifier of ONNX models: docker build -t inferproof . && docker run --rm -v "$PWD:/work" --user "$(id -u)" inferproof COMMAND …
#
# The image holds the packed package and what it depends on, no sources, and does not run as root; paths are read from /work.
FROM node:20.20.2-bookworm-slim AS build
WORKDIR /src
COPY . .
RUN npm ci && npm run build && npm pack --pack-destination /pack

FROM node:20.20.2-bookworm-slim
COPY --from=build /pack /pack
RUN npm install --global --ignore-scripts --omit=dev /pack/*.tgz && rm -r /pack && npm cache clean --force \
  && mkdir /work && chown node /work
WORKDIR /work
USER node
ENTRYPOINT ["inferproof"]
