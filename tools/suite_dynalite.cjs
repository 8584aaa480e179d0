// Preloaded into dynalite's tests by run_suite.py: in the place of the server that the tests would start stands a door
// to Virga, at the address in VIRGA_ENDPOINT.
const Module = require('node:module')
const net = require('node:net')
const path = require('node:path')

const { hostname, port } = new URL(process.env.VIRGA_ENDPOINT)

function door() {
  const server = net.createServer((client) => {
    const virga = net.connect(Number(port), hostname)
    for (const [from, to] of [[client, virga], [virga, client]]) {
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroy())
    }
  })
  return {
    listen: (own, done) => server.listen(own, '127.0.0.1', done),
    close: (done) => server.close(done)
  }
}

const load = Module._load
Module._load = function (request, parent, ...rest) {
  const isServer = request === '..' && parent && path.basename(path.dirname(parent.filename)) === 'test'
  return isServer ? door : load.call(this, request, parent, ...rest)
}
