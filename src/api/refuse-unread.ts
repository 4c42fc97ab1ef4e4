import type { Socket } from 'node:net'
import { errorCode } from '../base/errors.ts'
import { ApiProblem, PROBLEM_TYPE, problemBody } from './problem.ts'

const MALFORMED = new ApiProblem(400, 'request-malformed', 'this is not an HTTP request')

/** By the code of the error that Node's HTTP server has come to. */
const PROBLEMS: Readonly<Record<string, ApiProblem>> = {
  ERR_HTTP_REQUEST_TIMEOUT: new ApiProblem(408, 'request-timeout', 'the request came too slowly'),
  HPE_HEADER_OVERFLOW: new ApiProblem(431, 'headers-too-large', 'the headers are longer than any are read'),
}

function response(problem: ApiProblem): string {
  const { title } = problemBody(problem)
  const body = JSON.stringify(problemBody(problem))
  return [
    `HTTP/1.1 ${problem.status} ${title}`,
    'Connection: close',
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}

/** Answers what could not be read as a request, and hangs up, whether or not the client goes on talking. */
export function refuseUnread(error: Error, socket: Socket): void {
  if (!socket.writable) return void socket.destroy()
  socket.write(response(PROBLEMS[errorCode(error) ?? ''] ?? MALFORMED))
  socket.destroySoon()
}
