// An OpenID Connect service on loopback: npm's oidc-provider behind Node's own https.
// node openid.mjs PORT CERTIFICATE KEY CLIENTS: the clients as oidc-provider's own JSON. Whoever signs in is their address.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { Provider } from './npm/node_modules/oidc-provider/lib/index.js'

const [port, certificate, key, clients] = process.argv.slice(2)
const place = '/tenant'

const service = new Provider(`https://localhost:${port}${place}`, {
  clients: JSON.parse(clients),
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  clientAuthMethods: ['client_secret_basic', 'private_key_jwt'],
  cookies: { keys: ['only for tests'] },
  findAccount: (_, mail) => ({
    accountId: mail,
    claims: () => ({ sub: mail, email: mail, email_verified: !mail.startsWith('unchecked'), name: mail }),
  }),
  pkce: { required: () => true },
})
const answer = service.callback()

createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
  if (!request.url.startsWith(place)) {
    response.writeHead(404).end()
    return
  }
  request.originalUrl = request.url
  request.url = request.url.slice(place.length) || '/'
  answer(request, response)
}).listen(Number(port), '127.0.0.1', () => console.log('ready'))
