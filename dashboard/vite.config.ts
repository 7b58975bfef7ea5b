import preact from '@preact/preset-vite';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [preact()],
  // Relative, because nobody knows where the router is mounted or what a proxy strips.
  base: './',
  build: {
    outDir: '../dist/panel',
    emptyOutDir: true,
    // The page's policy forbids data: URLs and inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The first with light-dark(); an older target would have it rewritten.
    target: ['chrome123', 'firefox120', 'safari17.5'],
  },
});
