#include "runtime/launch.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/bytes.h"
#include "runtime/java_client.h"

namespace runtime {

namespace {

namespace files = std::filesystem;
using Mount = ProcessSpec::Mount;

// Where the function sees things; paths of the host in the tier that mounts nothing.
struct Places {
  std::string task;     // LAMBDA_TASK_ROOT
  std::string layers;   // /opt
  std::string runtime;  // LAMBDA_RUNTIME_DIR
};

std::string version_arn(const std::string& region, const std::string& runtime, const std::string& version) {
  return fmt::format("arn:aws:lambda:{}::runtime:{}", region, base::to_hex(base::sha256(runtime + version)));
}

std::string provided_version(const RuntimeName& name) { return "provided:" + name.version; }

std::string interpreted_version(const RuntimeName& name, const Interpreter& interpreter) {
  return fmt::format("{}:{}", name.language, interpreter.version);
}

std::string layer_paths(const std::string& root, std::initializer_list<std::string_view> below) {
  std::string paths;
  for (std::string_view each : below) paths += (paths.empty() ? "" : ":") + root + std::string(each);
  return paths;
}

// "Defined runtime environment variables" of AWS's guide. Those that a function may change come first and are covered
// by its own.
std::map<std::string, std::string> variables_of(const kernel::FunctionEnvironment& environment, const Places& places,
                                                const Machine& machine, const RuntimeName& name) {
  const std::string& opt = places.layers;
  std::map<std::string, std::string> variables = {
      {"LANG", "en_US.UTF-8"},
      {"TZ", ":UTC"},
      {"SHLVL", "0"},
      {"PATH", "/usr/local/bin:/usr/bin:/bin:" + opt + "/bin"},
      {"LD_LIBRARY_PATH",
       places.runtime + ":" + places.runtime + "/lib:" + places.task + ":" + places.task + "/lib:" + opt + "/lib"},
      {"AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"},
      {"AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:2000"},
      {"_AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1"},
      {"_AWS_XRAY_DAEMON_PORT", "2000"},
      {"AWS_LAMBDA_LOG_FORMAT", environment.log_format},
  };
  if (environment.log_format == "JSON" && !environment.application_log_level.empty())
    variables["AWS_LAMBDA_LOG_LEVEL"] = environment.application_log_level;
  if (!machine.endpoint.empty()) variables["AWS_ENDPOINT_URL"] = machine.endpoint;
  if (name.language == "python") {
    variables["PYTHONPATH"] = places.runtime;
    // The code may be a folder that the developer is working in.
    variables["PYTHONDONTWRITEBYTECODE"] = "1";
  }
  if (name.language == "nodejs")
    variables["NODE_PATH"] =
        layer_paths(opt, {"/nodejs/node" + name.version + "/node_modules", "/nodejs/node_modules"}) + ":" +
        places.runtime + "/node_modules:" + places.runtime + ":" + places.task;
  // Where the client writes messages as frames, so that one of several lines stays one.
  if (name.language == "java") variables["_LAMBDA_TELEMETRY_LOG_FD"] = "1";
  if (name.language == "ruby") {
    variables["GEM_PATH"] =
        places.task + "/vendor/bundle/ruby/" + name.version + ".0:" + opt + "/ruby/gems/" + name.version + ".0";
    variables["RUBYLIB"] = places.task + ":" + places.runtime + "/lib:" + opt + "/ruby/lib";
  }
  for (const auto& [variable, value] : environment.variables) variables[variable] = value;
  variables["AWS_REGION"] = environment.region;
  variables["AWS_DEFAULT_REGION"] = environment.region;
  variables["AWS_LAMBDA_FUNCTION_NAME"] = environment.function_name;
  variables["AWS_LAMBDA_FUNCTION_VERSION"] = environment.version;
  variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = std::to_string(environment.memory_mb);
  variables["AWS_LAMBDA_INITIALIZATION_TYPE"] = environment.initialization_type;
  variables["AWS_LAMBDA_LOG_GROUP_NAME"] = environment.log_group;
  variables["AWS_LAMBDA_LOG_STREAM_NAME"] = environment.log_stream;
  variables["LAMBDA_TASK_ROOT"] = places.task;
  variables["LAMBDA_RUNTIME_DIR"] = places.runtime;
  variables["_HANDLER"] = environment.handler;
  if (name.language != "provided") variables["AWS_EXECUTION_ENV"] = "AWS_Lambda_" + environment.runtime;
  // Layers are where the host keeps them; our clients ask for them here.
  variables["VIRGA_LAYERS"] = opt;
  return variables;
}

bool is_executable(const std::string& path) {
  std::error_code failed;
  return files::is_regular_file(path, failed) && ::access(path.c_str(), X_OK) == 0;
}

// The path in the sandbox of "/opt/…" and "/var/task/…" as functions write them.
std::string placed(const std::string& path, const Places& places) {
  if (path.starts_with("/opt/")) return places.layers + path.substr(4);
  if (path.starts_with("/var/task/")) return places.task + path.substr(9);
  return path;
}

class Preparation {
 public:
  Preparation(Machine& machine, Launch& launch, RuntimeName name)
      : machine_(machine), launch_(launch), name_(std::move(name)) {}

  base::Result<void> run(std::string_view id) {
    const kernel::FunctionEnvironment& environment = launch_.environment;
    code_ = TRY(machine_.code.unpack(environment.code));
    layers_ = TRY(machine_.code.merge(environment.layers));
    if (!environment.code.folder.empty()) launch_.folder_state = state_of_folder(environment.code.folder);
    mount(code_, "/var/task", places_.task);
    if (!layers_.empty()) mount(layers_, "/opt", places_.layers);
    if (places_.layers.empty()) places_.layers = "/opt";
    TRY_VOID(mount_client());
    // A virtual machine does not heed TMPDIR, and must be told on its command line.
    if (name_.language == "java" && machine_.spawner.tier() == Tier::kProcess) TRY_VOID(make_temporary_folder(id));
    TRY_VOID(choose_command());
    variables_ = variables_of(environment, places_, machine_, name_);
    variables_["AWS_LAMBDA_RUNTIME_API"] = fmt::format("127.0.0.1:{}", launch_.port);
    if (auto wrapper = variables_.find("AWS_LAMBDA_EXEC_WRAPPER");
        wrapper != variables_.end() && !wrapper->second.empty() && name_.language != "provided")
      command_.insert(command_.begin(), placed(wrapper->second, places_));
    return add_members(id);
  }

 private:
  void mount(const std::string& from, const std::string& to, std::string& place) {
    mounts_.push_back({.from = from, .to = to});
    place = seen_at(mounts_.back(), machine_.spawner.tier());
  }

  base::Result<void> mount_client() {
    std::string folder = machine_.clients_folder;
    if (name_.language == "java") folder = TRY(machine_.code.unpack_own("java", java_client_archive()));
    mount(folder, "/var/runtime", places_.runtime);
    return {};
  }

  base::Result<void> make_temporary_folder(std::string_view id) {
    std::error_code failed;
    launch_.temporary_folder = fmt::format("{}/{}", machine_.temporary_folder, id);
    files::create_directories(launch_.temporary_folder, failed);
    if (failed) return base::fail("CodeNotUnpacked", launch_.temporary_folder + ": " + failed.message());
    return {};
  }

  base::Result<void> choose_command() {
    if (name_.language == "provided") return choose_bootstrap();
    Interpreters::Choice choice = TRY(machine_.interpreters.find(launch_.environment.runtime));
    const Interpreter& interpreter = choice.interpreter;
    for (const std::string& folder : {interpreter.prefix, interpreter.virtual_environment})
      if (!folder.empty()) mounts_.push_back({.from = folder, .to = folder});
    launch_.runtime_version = interpreted_version(name_, interpreter);
    if (!choice.is_exact)
      launch_.warning =
          fmt::format("The function asks for {}; this machine runs it with {} {} (--lambda-runtimes=nearest).",
                      launch_.environment.runtime, interpreter.language, interpreter.version);
    if (name_.language == "python") {
      command_ = {interpreter.path, places_.runtime + "/python.py"};
    } else if (name_.language == "nodejs") {
      // "The default heap is that of the memory configured": the engine reads its cgroup only where there is one.
      int heap_mb = std::max(64, launch_.environment.memory_mb * 9 / 10);
      command_ = {interpreter.path, fmt::format("--max-old-space-size={}", heap_mb), places_.runtime + "/node.mjs"};
    } else if (name_.language == "java") {
      const auto& given = launch_.environment.variables;
      auto own_options = given.find("JAVA_TOOL_OPTIONS");
      command_ = java_command({.java = interpreter.path,
                               .version = interpreter.version,
                               .client_folder = places_.runtime,
                               .layers_folder = places_.layers,
                               .handler = launch_.environment.handler,
                               .own_options = own_options == given.end() ? "" : own_options->second,
                               .temporary_folder = launch_.temporary_folder,
                               .memory_mb = launch_.environment.memory_mb});
    } else {
      command_ = {interpreter.path, "-Eutf-8", "--disable=did_you_mean", places_.runtime + "/ruby.rb"};
    }
    return {};
  }

  base::Result<void> choose_bootstrap() {
    launch_.runtime_version = provided_version(name_);
    bool is_in_code = is_executable(code_ + "/bootstrap");
    // A bootstrap that is not there is found out when it is started, as in AWS.
    if (is_in_code || layers_.empty() || !is_executable(layers_ + "/bootstrap"))
      command_ = {places_.task + "/bootstrap"};
    else
      command_ = {places_.layers + "/bootstrap"};
    return {};
  }

  base::Result<void> add_members(std::string_view id) {
    std::vector<std::string> extensions;
    std::error_code failed;
    if (!layers_.empty())
      for (files::directory_iterator each(layers_ + "/extensions", failed);
           !failed && each != files::directory_iterator(); each.increment(failed))
        if (is_executable(each->path().string())) extensions.push_back(each->path().filename().string());
    std::ranges::sort(extensions);
    bool shares_folder = !extensions.empty();
    if (shares_folder && launch_.temporary_folder.empty()) TRY_VOID(make_temporary_folder(id));
    launch_.runtime = {"runtime", spec_of(command_)};
    // Elsewhere a process must be told from its start which files it may open.
    if (machine_.spawner.tier() == Tier::kIsolated && machine_.settings.spares > 0)
      launch_.spare = make_spare_form(launch_.runtime.spec, name_, launch_.environment, machine_.code.folder());
    for (const std::string& name : extensions)
      launch_.extensions.push_back({name, spec_of({places_.layers + "/extensions/" + name})});
    return {};
  }

  ProcessSpec spec_of(std::vector<std::string> command) const {
    const kernel::FunctionEnvironment& environment = launch_.environment;
    // "At 1,769 MB, a function has the equivalent of one vCPU."
    constexpr int kMbPerProcessor = 1'769;
    ProcessSpec spec;
    spec.command = std::move(command);
    for (const auto& [name, value] : variables_) spec.environment.push_back(name + "=" + value);
    spec.working_folder = places_.task;
    spec.mounts = mounts_;
    spec.temporary_folder = launch_.temporary_folder;
    spec.memory_mb = environment.memory_mb;
    spec.storage_mb = environment.storage_mb;
    if (machine_.settings.processor == HostSettings::Processor::kByMemory)
      spec.cpu_permille = environment.memory_mb * 1000 / kMbPerProcessor;
    return spec;
  }

  Machine& machine_;
  Launch& launch_;
  const RuntimeName name_;
  std::string code_, layers_;
  Places places_;
  std::vector<Mount> mounts_;
  std::vector<std::string> command_;
  std::map<std::string, std::string> variables_;
};

// "Keys … reserved": the control plane refuses them; what came some other way does not get past here.
void drop_reserved(std::map<std::string, std::string>& variables) {
  for (std::string_view name : kernel::kHostVariables) variables.erase(std::string(name));
}

base::Result<RuntimeName> runnable(const kernel::FunctionEnvironment& environment) {
  if (environment.runtime.empty())
    return base::fail("RuntimeNotAvailable", "Functions of container images cannot be run here yet.");
#if defined(__x86_64__)
  constexpr std::string_view kArchitecture = "x86_64";
#else
  constexpr std::string_view kArchitecture = "arm64";
#endif
  auto name = parse_runtime(environment.runtime);
  if (!name) return base::fail("RuntimeNotAvailable", "There is no runtime " + environment.runtime + ".");
  // Scripts run on any processor; what is compiled does not.
  bool is_compiled = name->language == "provided";
  if (is_compiled && !environment.architecture.empty() && environment.architecture != kArchitecture)
    return base::fail("RuntimeNotAvailable",
                      fmt::format("The function is compiled for {}; this machine is {}. Build it for this one.",
                                  environment.architecture, kArchitecture));
  return *name;
}

}  // namespace

base::Result<Launch> prepare_launch(Machine& machine, kernel::FunctionEnvironment environment, std::uint16_t port,
                                    std::string_view id) {
  RuntimeName name = TRY(runnable(environment));
  drop_reserved(environment.variables);
  Launch launch{.environment = std::move(environment), .port = port};
  TRY_VOID(Preparation(machine, launch, std::move(name)).run(id));
  launch.runtime_version_arn =
      version_arn(launch.environment.region, launch.environment.runtime, launch.runtime_version);
  return launch;
}

std::string runtime_version_arn(const Interpreters& interpreters, const std::string& runtime,
                                const std::string& region) {
  auto name = parse_runtime(runtime);
  if (!name) return {};
  if (name->language == "provided") return version_arn(region, runtime, provided_version(*name));
  auto choice = interpreters.find(runtime);
  return choice ? version_arn(region, runtime, interpreted_version(*name, choice->interpreter)) : std::string();
}

}  // namespace runtime
