import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RegisterRoutes } from '../context.ts'
import { ApiProblem } from '../problem.ts'

const DOCUMENT = fileURLToPath(new URL('../gen/openapi.json', import.meta.url))

/** Swagger UI, as its package brings it. */
const STATIC = join(dirname(fileURLToPath(import.meta.resolve('@fastify/swagger-ui'))), 'static')
const TYPES: Readonly<Record<string, string>> = {
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui.css': 'text/css; charset=utf-8',
}

const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null })`
const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Cairn HTTP API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
`
const POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"

/** The description of the API for programs, and a page of it for people. */
export const registerDocs: RegisterRoutes = (app) => {
  app.get('/openapi.json', async (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(await readFile(DOCUMENT)),
  )
  app.get('/docs', async (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', POLICY).send(PAGE),
  )
  app.get<{ Params: { file: string } }>('/docs/:file', async ({ params: { file } }, reply) => {
    if (file === 'start.js') return reply.type('text/javascript; charset=utf-8').send(START)
    const type = Object.hasOwn(TYPES, file) ? TYPES[file] : undefined
    if (type === undefined) throw new ApiProblem(404, 'route-unknown', `there is no /docs/${file}`)
    return reply.type(type).send(await readFile(join(STATIC, file)))
  })
}
