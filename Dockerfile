# The sources are what runs: no build step, production dependencies only, nobody's root.
FROM node:26-slim
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data NODE_COMPILE_CACHE=/app/compile-cache
WORKDIR /app

COPY package.json package-lock.json .npmrc ./
# The optional dependencies are Node 26 for machines without it; this image is Node 26.
RUN npm ci --omit=dev --omit=optional && npm cache clean --force
COPY src ./src
# Compiled here, once, for all starts. The process cannot change it: it is root's.
RUN node --input-type=module --eval "await import('./src/start.ts')"

RUN install -d -m 700 -o node -g node /data
USER node
VOLUME /data
EXPOSE 4000

HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
	CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 4000}/health/live`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node's permission model: it writes to its data alone, starts no process or thread, and loads no native code. Node uses no
# compile cache that it may not write to.
CMD ["node", "--permission", "--disable-warning=ExperimentalWarning", "--allow-net", "--allow-fs-read=*", "--allow-fs-write=/data", "--allow-fs-write=/app/compile-cache", "src/main.ts"]
