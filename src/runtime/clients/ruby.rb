# The client of the Runtime API for Ruby functions: what AWS's own does, over a raw socket.
require "json"
require "socket"
require "time"

module VirgaRuntime
  FRAME = "\xA5\x5A\x00\x01".b
  NEXT = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: runtime\r\n\r\n"

  # What keeps a handler from being found or its answer from being sent, under a name of Lambda's.
  class Fault < StandardError
    attr_reader :kind

    def initialize(kind, message)
      super(message)
      @kind = kind
    end
  end

  class Context
    attr_reader :aws_request_id, :invoked_function_arn, :log_group_name, :log_stream_name, :function_name,
                :memory_limit_in_mb, :function_version, :identity, :client_context, :deadline_ms

    def initialize(head)
      @deadline_ms = head["lambda-runtime-deadline-ms"].to_i
      @aws_request_id = head["lambda-runtime-aws-request-id"]
      @invoked_function_arn = head["lambda-runtime-invoked-function-arn"]
      @log_group_name = ENV["AWS_LAMBDA_LOG_GROUP_NAME"]
      @log_stream_name = ENV["AWS_LAMBDA_LOG_STREAM_NAME"]
      @function_name = ENV["AWS_LAMBDA_FUNCTION_NAME"]
      @memory_limit_in_mb = ENV["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
      @function_version = ENV["AWS_LAMBDA_FUNCTION_VERSION"]
      @identity = parsed(head["lambda-runtime-cognito-identity"])
      @client_context = parsed(head["lambda-runtime-client-context"])
    end

    def get_remaining_time_in_millis
      [@deadline_ms - Process.clock_gettime(Process::CLOCK_REALTIME, :millisecond), 0].max
    end

    private

    def parsed(text)
      text && JSON.parse(text)
    end
  end

  class Api
    def initialize(address)
      host, port = address.split(":")
      @socket = TCPSocket.new(host, port.to_i)
      @socket.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1)
    end

    def next
      @socket.write(NEXT)
      receive
    end

    # Answers, and asks for what comes next.
    def answer(id, kind, body, error_type = nil)
      @socket.write(post("invocation/#{id}/#{kind}", body, error_type) + NEXT.b)
      receive
      receive
    end

    def fail_initialization(error)
      @socket.write(post("init/error", JSON.generate(error), error["errorType"]))
      receive
    end

    private

    def post(path, body, error_type)
      more = error_type ? "Lambda-Runtime-Function-Error-Type: #{error_type}\r\n" : ""
      "POST /2018-06-01/runtime/#{path} HTTP/1.1\r\nHost: runtime\r\nContent-Type: application/json\r\n" \
        "#{more}Content-Length: #{body.bytesize}\r\n\r\n".b + body.b
    end

    def receive
      status = line[9, 3].to_i
      head = {}
      until (text = line).empty?
        name, value = text.split(": ", 2)
        head[name.downcase] = value
      end
      body = @socket.read(head["content-length"].to_i)
      [status, head, body]
    end

    def line
      text = @socket.gets("\r\n")
      exit!(1) if text.nil?
      text.chomp("\r\n").force_encoding("UTF-8")
    end
  end

  module_function

  # One message of the log, however many lines it has.
  def write_message(text)
    $stdout.flush
    bytes = text.b
    bytes = bytes.include?("\n".b) ? FRAME + [bytes.bytesize].pack("N") + bytes : bytes + "\n".b
    $stdout.syswrite(bytes)
  end

  def error_of(error)
    kind = error.is_a?(Fault) ? error.kind : "Function<#{error.class.name}>"
    trace = (error.backtrace || []).reject { |frame| frame.start_with?(__FILE__) }
    { "errorMessage" => error.message, "errorType" => kind, "stackTrace" => trace }
  end

  def log_error(told, request_id)
    if ENV["AWS_LAMBDA_LOG_FORMAT"] == "JSON"
      now = Time.now.utc.iso8601(3)
      return write_message(JSON.generate({ "timestamp" => now, "level" => "ERROR", "requestId" => request_id }.merge(told)))
    end
    write_message("Error raised from handler method\n#{JSON.generate(told)}")
  end

  # "file.function", "file.Class.method", "folder/file.Module::Class.method".
  def find_handler(text)
    parts = text.split(".")
    raise Fault.new("Runtime.MalformedHandlerName", "Invalid handler #{text}, must be of form FILENAME.METHOD or FILENAME.CLASS.METHOD") unless [2, 3].include?(parts.size)

    file = File.join(ENV["LAMBDA_TASK_ROOT"], parts[0])
    begin
      require file
    rescue LoadError => e
      raise Fault.new("Init<LoadError>", e.message)
    rescue SyntaxError => e
      raise Fault.new("Init<SyntaxError>", e.message)
    end
    target = parts.size == 3 ? Object.const_get(parts[1]) : TOPLEVEL_BINDING.receiver
    name = parts.last.to_sym
    raise Fault.new("Init<NameError>", "undefined method '#{name}'") unless target.respond_to?(name, true)

    target.method(name)
  end

  def run(handler, head, body)
    context = Context.new(head)
    event = JSON.parse(body)
    [JSON.generate(handler.call(event: event, context: context)), nil]
  rescue NoMemoryError, SystemStackError, ScriptError, StandardError => e
    told = error_of(e)
    log_error(told, context&.aws_request_id)
    [JSON.generate(told), told["errorType"]]
  end

  def main
    $stdout.sync = true
    $stderr.sync = true
    layers = ENV.delete("VIRGA_LAYERS") || "/opt"
    task_root = ENV["LAMBDA_TASK_ROOT"]
    $LOAD_PATH.unshift(task_root, "#{layers}/ruby/lib")
    api = Api.new(ENV["AWS_LAMBDA_RUNTIME_API"])
    begin
      handler = find_handler(ENV["_HANDLER"])
    rescue ScriptError, StandardError => e
      told = error_of(e)
      told["errorType"] = "Init<#{e.class.name}>" unless e.is_a?(Fault)
      log_error(told, nil)
      api.fail_initialization(told)
      exit!(1)
    end
    status, head, body = api.next
    while status == 200
      trace = head["lambda-runtime-trace-id"]
      ENV["_X_AMZN_TRACE_ID"] = trace
      answer, error_type = run(handler, head, body)
      $stdout.flush
      status, head, body = api.answer(head["lambda-runtime-aws-request-id"], error_type ? "error" : "response", answer, error_type)
    end
    exit!(1)
  end
end

VirgaRuntime.main
