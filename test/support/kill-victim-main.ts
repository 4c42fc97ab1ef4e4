import { enableCompileCache } from 'node:module'

// A hundred of these are started one after another.
enableCompileCache()
await import('./kill-victim.ts')
