import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  base: '/app/',
  plugins: [react()],
  // The client library stands beside us, with packages of its own: there is to be one of each in the app.
  resolve: { dedupe: ['@apollo/client', '@graphql-typed-document-node/core', 'graphql', 'rxjs'] },
  build: {
    // Browsers that know light-dark(), :has() and popovers.
    target: ['chrome123', 'firefox125', 'safari17.5'],
    rolldownOptions: { input: ['index.html', 'demo.html'] },
    // Everything that a page needs is in its own few files: no inlined data to loosen the policy for.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // `npm run dev` here, beside a server that runs.
  server: { proxy: { '/graphql': 'http://127.0.0.1:4000' } },
})
