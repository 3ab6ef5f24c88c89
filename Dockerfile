# The sources are what runs: no build step, production dependencies only, nobody's root.
FROM node:26-slim
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data
WORKDIR /app

COPY package.json package-lock.json .npmrc ./
# The optional dependencies are Node 26 for machines without it; this image is Node 26.
RUN npm ci --omit=dev --omit=optional && npm cache clean --force
COPY src ./src

RUN install -d -m 700 -o node -g node /data
USER node
VOLUME /data
EXPOSE 4000

HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
	CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 4000}/health/live`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/main.ts"]
