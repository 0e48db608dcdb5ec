import type { ServerResponse } from 'node:http';
import { defineConfig } from 'vite';

/** `make serve` listens here; `npx vite` shows the pages with hot reload in front of it. */
const SERVER = process.env.SIGHTLINE_SERVER ?? 'http://localhost:8080';

const PAGES: Record<string, string> = {
  '/': '/console.html',
  '/console': '/console.html',
  '/join': '/field.html',
  '/admin': '/admin.html',
  '/network': '/network.html',
  '/trust': '/trust.html',
};

export default defineConfig({
  appType: 'mpa',
  server: { proxy: { '/api': SERVER, '/signal': { target: SERVER, ws: true } } },
  plugins: [
    {
      name: 'addresses-as-the-server-serves-them',
      configureServer(server) {
        server.middlewares.use((request, _response: ServerResponse, next) => {
          request.url = PAGES[request.url ?? ''] ?? request.url;
          next();
        });
      },
    },
  ],
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
} as Parameters<typeof defineConfig>[0]);
