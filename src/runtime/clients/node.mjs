// The client of the Runtime API for Node.js functions: what AWS's own does, over a raw socket.
import fs from "node:fs";
import { createRequire, register } from "node:module";
import net from "node:net";
import path from "node:path";
import { Writable } from "node:stream";
import { fileURLToPath, pathToFileURL } from "node:url";
import util from "node:util";

const FRAME = Buffer.from([0xa5, 0x5a, 0x00, 0x01]);
let isJson = false;
const LEVELS = { TRACE: 1, DEBUG: 2, INFO: 3, WARN: 4, ERROR: 5, FATAL: 6 };
let lowestLevel = 0;
const HANDLER_STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const HANDLER_HIGH_WATER = Symbol.for("aws.lambda.runtime.handler.streaming.highWaterMark");
const INTEGRATION = "application/vnd.awslambda.http-integration-response";
let requestId;

class Fault extends Error {
  constructor(kind, message, stack) {
    super(message);
    this.name = kind;
    if (stack) this.stack = stack;
  }
}

// --- The log -------------------------------------------------------------------------------------------------------

function writeAll(bytes) {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += fs.writeSync(1, bytes, at);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

// One message of the log, however many lines it has.
function writeMessage(text) {
  const bytes = Buffer.from(text);
  if (!bytes.includes(10)) return writeAll(Buffer.concat([bytes, Buffer.from("\n")]));
  const size = Buffer.alloc(4);
  size.writeUInt32BE(bytes.length);
  writeAll(Buffer.concat([FRAME, size, bytes]));
}

function errorFields(error) {
  return {
    errorType: error?.name ?? typeof error,
    errorMessage: error?.message ?? String(error),
    stackTrace: typeof error?.stack === "string" ? error.stack.split("\n") : [],
  };
}

function jsonLine(level, args) {
  const line = { timestamp: new Date().toISOString(), level, requestId };
  if (args.length === 1 && typeof args[0] === "object" && args[0] !== null && !(args[0] instanceof Error)) {
    try {
      return JSON.stringify({ ...line, message: args[0] });
    } catch {
      // What refers to itself is shown as text.
    }
  }
  line.message = util.format(...args);
  const error = args.find((each) => each instanceof Error);
  return JSON.stringify(error ? { ...line, ...errorFields(error) } : line);
}

function log(level, args) {
  if (LEVELS[level] < lowestLevel) return;
  if (isJson) return writeMessage(jsonLine(level, args));
  writeMessage(`${new Date().toISOString()}\t${requestId ?? "undefined"}\t${level}\t${util.format(...args)}`);
}

console.trace = (...args) => log("TRACE", args);
console.debug = (...args) => log("DEBUG", args);
console.info = (...args) => log("INFO", args);
console.log = (...args) => log("INFO", args);
console.warn = (...args) => log("WARN", args);
console.error = (...args) => log("ERROR", args);
console.fatal = (...args) => log("FATAL", args);

function logError(title, error) {
  if (isJson) return log("ERROR", [error instanceof Error ? error : util.inspect(error)]);
  const told = errorOf(error);
  const shown = { errorType: told.errorType, errorMessage: told.errorMessage };
  for (const name of Object.keys(Object(error))) if (!(name in shown) && name !== "name") shown[name] = error[name];
  shown.stack = told.trace;
  let text;
  try {
    text = JSON.stringify(shown);
  } catch {
    text = JSON.stringify(told);
  }
  log("ERROR", [`${title} \t${text}`]);
}

// An error as its caller sees it.
function errorOf(error) {
  if (error instanceof Error || (error && typeof error === "object" && "message" in error && "stack" in error)) {
    return {
      errorType: String(error.name ?? "Error").replaceAll("\x7f", "%7F"),
      errorMessage: String(error.message).replaceAll("\x7f", "%7F"),
      trace: String(error.stack ?? "").split("\n"),
    };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

// --- The API -------------------------------------------------------------------------------------------------------

class Api {
  constructor(address) {
    const colon = address.lastIndexOf(":");
    this.waiting = [];
    this.read = Buffer.alloc(0);
    this.socket = net.connect({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)), noDelay: true });
    this.socket.on("data", (piece) => this.take(piece));
    this.socket.on("error", () => process.exit(1));
    this.socket.on("end", () => process.exit(1));
  }

  take(piece) {
    this.read = this.read.length ? Buffer.concat([this.read, piece]) : piece;
    while (this.waiting.length) {
      const end = this.read.indexOf("\r\n\r\n");
      if (end < 0) return;
      if (!this.head) {
        const lines = this.read.toString("utf8", 0, end).split("\r\n");
        this.head = { status: Number(lines[0].slice(9, 12)) };
        for (const line of lines.slice(1)) {
          const colon = line.indexOf(":");
          this.head[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
        }
      }
      const size = Number(this.head["content-length"] ?? 0);
      if (this.read.length < end + 4 + size) return;
      const head = this.head;
      const body = this.read.subarray(end + 4, end + 4 + size);
      this.read = this.read.subarray(end + 4 + size);
      this.head = undefined;
      this.waiting.shift()({ head, body });
    }
  }

  receive() {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      if (this.read.length) this.take(Buffer.alloc(0));
    });
  }

  async next() {
    this.socket.ref();
    this.socket.write("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: runtime\r\n\r\n");
    return this.receive();
  }

  // Answers, and asks for what comes next.
  async answer(id, kind, body, errorType) {
    this.socket.ref();
    const bytes = Buffer.from(body);
    const more = errorType ? `Lambda-Runtime-Function-Error-Type: ${errorType}\r\n` : "";
    const head =
      `POST /2018-06-01/runtime/invocation/${id}/${kind} HTTP/1.1\r\nHost: runtime\r\n` +
      `Content-Type: application/json\r\n${more}Content-Length: ${bytes.length}\r\n\r\n`;
    this.socket.cork();
    this.socket.write(head);
    this.socket.write(bytes);
    this.socket.write("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: runtime\r\n\r\n");
    this.socket.uncork();
    await this.receive();
    return this.receive();
  }

  async failInitialization(error) {
    this.socket.ref();
    const bytes = Buffer.from(JSON.stringify(error));
    this.socket.write(
      "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: runtime\r\nContent-Type: application/json\r\n" +
        `Lambda-Runtime-Function-Error-Type: ${error.errorType}\r\nContent-Length: ${bytes.length}\r\n\r\n`,
    );
    this.socket.write(bytes);
    return this.receive();
  }
}

// What a streaming handler writes to: the body of its answer, in chunks.
class ResponseStream extends Writable {
  constructor(api, id, options) {
    super({ highWaterMark: options.highWaterMark ?? 64 * 1024 });
    this.api = api;
    this.id = id;
    this.contentType = "application/octet-stream";
    this.isBegun = false;
  }

  setContentType(type) {
    if (this.isBegun) throw new Fault("InvalidStreamingOperation", "Cannot set content-type, too late.");
    this.contentType = type;
  }

  _onBeforeFirstWrite(write) {
    this.beforeFirst = write;
  }

  begin() {
    if (this.isBegun) return;
    this.isBegun = true;
    this.api.socket.ref();
    this.api.socket.write(
      `POST /2018-06-01/runtime/invocation/${this.id}/response HTTP/1.1\r\nHost: runtime\r\n` +
        `Content-Type: ${this.contentType}\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n` +
        "Transfer-Encoding: chunked\r\n" +
        "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n",
    );
    if (this.beforeFirst) this.beforeFirst((bytes) => this.sendChunk(bytes));
  }

  sendChunk(bytes, done) {
    const data = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes);
    if (!data.length) return done?.();
    this.api.socket.cork();
    this.api.socket.write(`${data.length.toString(16)}\r\n`);
    this.api.socket.write(data);
    this.api.socket.write("\r\n", done);
    this.api.socket.uncork();
  }

  _write(chunk, encoding, done) {
    let bytes = chunk;
    if (!Buffer.isBuffer(chunk) && !(chunk instanceof Uint8Array) && typeof chunk !== "string")
      bytes = JSON.stringify(chunk);
    this.begin();
    this.sendChunk(bytes, done);
  }

  _final(done) {
    this.begin();
    done();
  }

  // The end of the body, with what went wrong; then what comes next.
  async conclude(error) {
    this.begin();
    let trailers = "";
    if (error) {
      const told = errorOf(error);
      trailers =
        `Lambda-Runtime-Function-Error-Type: ${told.errorType}\r\n` +
        `Lambda-Runtime-Function-Error-Body: ${Buffer.from(JSON.stringify(told)).toString("base64")}\r\n`;
    }
    this.api.socket.write(`0\r\n${trailers}\r\n`);
    this.api.socket.write("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: runtime\r\n\r\n");
    await this.api.receive();
    return this.api.receive();
  }
}

globalThis.awslambda = {
  streamifyResponse(handler, options) {
    handler[HANDLER_STREAMING] = "response";
    if (typeof options?.highWaterMark === "number") handler[HANDLER_HIGH_WATER] = options.highWaterMark;
    return handler;
  },
  HttpResponseStream: class HttpResponseStream {
    static from(stream, prelude) {
      stream.setContentType(INTEGRATION);
      const text = JSON.stringify(prelude);
      stream._onBeforeFirstWrite((write) => {
        write(text);
        write(Buffer.alloc(8));
      });
      return stream;
    }
  },
};

// --- The function --------------------------------------------------------------------------------------------------

// Node.js looks for what modules import above the module alone; AWS's runtimes look in NODE_PATH, too.
function followNodePath() {
  const folders = (process.env.NODE_PATH ?? "").split(":");
  const parents = folders
    .filter((folder) => path.basename(folder) === "node_modules" && fs.existsSync(folder))
    .map((folder) => pathToFileURL(path.join(path.dirname(folder), "importer.mjs")).href);
  if (parents.length === 0) return;
  const hooks = `
    export async function resolve(specifier, context, next) {
      try {
        return await next(specifier, context);
      } catch (error) {
        const isBare = !specifier.startsWith(".") && !specifier.startsWith("/") && !URL.canParse(specifier);
        if (error.code !== "ERR_MODULE_NOT_FOUND" || !isBare) throw error;
        for (const parentURL of ${JSON.stringify(parents)}) {
          const found = await next(specifier, { ...context, parentURL }).catch(() => undefined);
          if (found) return found;
        }
        throw error;
      }
    }`;
  register(`data:text/javascript,${encodeURIComponent(hooks)}`);
}

function importModule(file) {
  followNodePath();
  return import(pathToFileURL(file));
}

async function loadModule(root, name) {
  const require = createRequire(path.join(process.env.LAMBDA_RUNTIME_DIR ?? root, "index.mjs"));
  const base = path.resolve(root, name);
  if (fs.existsSync(base) && fs.statSync(base).isFile()) return require(base);
  if (fs.existsSync(`${base}.js`)) return loadScript(require, `${base}.js`);
  if (fs.existsSync(`${base}.mjs`)) return importModule(`${base}.mjs`);
  if (fs.existsSync(`${base}.cjs`)) return require(`${base}.cjs`);
  return require(require.resolve(name, { paths: [root] }));
}

async function loadScript(require, file) {
  let isModule = false;
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const description = path.join(folder, "package.json");
    if (fs.existsSync(description)) {
      try {
        isModule = JSON.parse(fs.readFileSync(description, "utf8")).type === "module";
      } catch (error) {
        console.warn(`package.json could not be read: ${error.message}`);
      }
      break;
    }
    if (folder === path.dirname(folder) || path.basename(folder) === "node_modules") break;
  }
  if (isModule) return importModule(file);
  try {
    return require(file);
  } catch (error) {
    // Scripts that turn out to be modules, as the command node takes them.
    if (error instanceof SyntaxError && /import statement|Unexpected token 'export'|import\.meta|await is only/.test(error.message))
      return importModule(file);
    throw error;
  }
}

async function findHandler(root, text) {
  const name = path.basename(text);
  const folder = text.slice(0, text.length - name.length);
  const match = name.match(/^([^.]*)\.(.*)$/);
  if (text.includes(".."))
    throw new Fault(
      "Runtime.MalformedHandlerName",
      `'${text}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  if (!match) throw new Fault("Runtime.MalformedHandlerName", "Bad handler");
  let module;
  try {
    module = await loadModule(root, path.join(folder, match[1]));
  } catch (error) {
    if (error instanceof SyntaxError) throw new Fault("Runtime.UserCodeSyntaxError", String(error), error.stack);
    if (error?.code === "MODULE_NOT_FOUND" || error?.code === "ERR_MODULE_NOT_FOUND")
      throw new Fault("Runtime.ImportModuleError", `Error: ${error.message}`, error.stack);
    throw error;
  }
  const resolve = (from) => match[2].split(".").reduce((value, part) => value?.[part], from);
  const handler = resolve(module) ?? resolve(module.default);
  if (handler === undefined) throw new Fault("Runtime.HandlerNotFound", `${text} is undefined or not exported`);
  if (typeof handler !== "function") throw new Fault("Runtime.HandlerNotFound", `${text} is not a function`);
  return handler;
}

function contextOf(head) {
  const deadline = Number(head["lambda-runtime-deadline-ms"]);
  const parsed = (text) => (text ? JSON.parse(text) : undefined);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parsed(head["lambda-runtime-client-context"]),
    identity: parsed(head["lambda-runtime-cognito-identity"]),
    invokedFunctionArn: head["lambda-runtime-invoked-function-arn"],
    awsRequestId: head["lambda-runtime-aws-request-id"],
    tenantId: head["lambda-runtime-aws-tenant-id"],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

// The outcome of a handler that answers as a whole, by promise or by callback.
function callHandler(handler, event, context) {
  return new Promise((resolve, reject) => {
    let isAnswered = false;
    const settle = (error, result) => {
      if (isAnswered) return;
      isAnswered = true;
      process.removeListener("beforeExit", atEnd);
      if (error !== undefined && error !== null) reject(error);
      else resolve(result);
    };
    // Nothing is left to do, and nobody has answered.
    const atEnd = () => settle(null, null);
    const callback = (error, result) => {
      if (isAnswered) return;
      if (!context.callbackWaitsForEmptyEventLoop) return settle(error, result);
      process.removeListener("beforeExit", atEnd);
      process.once("beforeExit", () => settle(error, result));
    };
    context.done = callback;
    context.succeed = (result) => callback(null, result);
    context.fail = (error) => callback(error ?? "handled");
    process.once("beforeExit", atEnd);
    try {
      const returned = handler(event, context, callback);
      if (returned && typeof returned.then === "function")
        returned.then(
          (result) => settle(null, result),
          (error) => settle(error ?? new Error("Unknown Reason"), undefined),
        );
    } catch (error) {
      settle(error ?? new Error("null"), undefined);
    }
  });
}

async function runWhole(api, handler, event, context) {
  const id = context.awsRequestId;
  let body;
  try {
    const result = await callHandler(handler, event, context);
    try {
      body = JSON.stringify(result === undefined ? null : result) ?? "null";
    } catch {
      throw new Error("Unable to stringify response body");
    }
  } catch (error) {
    logError("Invoke Error", error);
    const told = errorOf(error);
    return api.answer(id, "error", JSON.stringify(told), told.errorType);
  }
  return api.answer(id, "response", body);
}

async function runStreaming(api, handler, event, context) {
  const id = context.awsRequestId;
  const stream = new ResponseStream(api, id, { highWaterMark: handler[HANDLER_HIGH_WATER] });
  let atEnd;
  const finished = new Promise((resolve, reject) => {
    stream.once("finish", resolve);
    stream.once("error", reject);
    // Nothing is left to do, and nobody has ended the stream.
    process.once("beforeExit", (atEnd = resolve));
  });
  finished.catch(() => {});
  try {
    await handler(event, stream, context);
    if (!stream.writableEnded && !stream.isBegun) stream.end();
    await finished;
  } catch (error) {
    logError("Invoke Error", error);
    if (stream.isBegun) return stream.conclude(error);
    const told = errorOf(error);
    return api.answer(id, "error", JSON.stringify(told), told.errorType);
  } finally {
    process.removeListener("beforeExit", atEnd);
  }
  return stream.conclude();
}

// --- Started ahead ---------------------------------------------------------------------------------------------------

// Runs what every function needs once, against a server of its own: the engine has compiled it then.
async function warmUp() {
  const require = createRequire(import.meta.url);
  for (const name of ["async_hooks", "crypto", "events", "http", "https", "os", "url", "zlib"]) require(`node:${name}`);
  const text = "HTTP/1.1 200 OK\r\nLambda-Runtime-Deadline-Ms: 0\r\nContent-Length: 2\r\n\r\n{}";
  const server = net.createServer((socket) => {
    socket.on("data", (piece) => socket.write(text.repeat(piece.toString().split(" HTTP/1.1\r\n").length - 1)));
    socket.on("error", () => {});
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const api = new Api(`127.0.0.1:${server.address().port}`);
  const handler = await findHandler(path.dirname(fileURLToPath(import.meta.url)), "warm.handler");
  const { head, body } = await api.next();
  await runWhole(api, handler, JSON.parse(body.toString("utf8")), contextOf(head));
  api.socket.removeAllListeners();
  api.socket.destroy();
  await new Promise((resolve) => server.close(resolve));
}

// Waits to be told, by standard input, for which function this interpreter was started ahead.
function awaitFunction() {
  fs.writeSync(0, ".");
  const told = fs.readFileSync(0, "utf8");
  if (!told) process.exit(0);
  fs.closeSync(0);
  fs.openSync("/dev/null", "r");
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, JSON.parse(told));
  process.chdir(process.env.LAMBDA_TASK_ROOT);
}

async function main() {
  if (process.env.VIRGA_SPARE) {
    await warmUp();
    awaitFunction();
  }
  isJson = process.env.AWS_LAMBDA_LOG_FORMAT === "JSON";
  lowestLevel = (isJson && LEVELS[(process.env.AWS_LAMBDA_LOG_LEVEL || "").toUpperCase()]) || 0;
  const api = new Api(process.env.AWS_LAMBDA_RUNTIME_API);
  delete process.env.VIRGA_LAYERS;
  process.argv.splice(2);
  const die = (title, kind, status) => (error) => {
    logError(title, error);
    const told = { ...errorOf(error), ...(kind && { errorType: kind, errorMessage: String(error) }) };
    const leave = () => process.exit(status);
    const telling = requestId
      ? api.answer(requestId, "error", JSON.stringify(told), told.errorType)
      : api.failInitialization(told);
    telling.then(leave, leave);
    setTimeout(leave, 100);
  };
  process.on("uncaughtException", die("Uncaught Exception", undefined, 129));
  process.on("unhandledRejection", (reason) =>
    die("Unhandled Promise Rejection", "Runtime.UnhandledPromiseRejection", 128)(reason),
  );
  let handler;
  try {
    handler = await findHandler(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
  } catch (error) {
    logError("Uncaught Exception", error);
    await api.failInitialization(errorOf(error));
    process.exit(1);
  }
  const isStreaming = handler[HANDLER_STREAMING] === "response";
  let next = await api.next();
  while (next.head.status === 200) {
    const context = contextOf(next.head);
    requestId = context.awsRequestId;
    const trace = next.head["lambda-runtime-trace-id"];
    if (trace) process.env._X_AMZN_TRACE_ID = trace;
    else delete process.env._X_AMZN_TRACE_ID;
    const event = JSON.parse(next.body.toString("utf8"));
    api.socket.unref();
    next = await (isStreaming ? runStreaming : runWhole)(api, handler, event, context);
  }
  process.exit(1);
}

main();
