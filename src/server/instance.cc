#include "server/instance.h"

#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <thread>

#include "base/log.h"
#include "http/server.h"
#include "http/tls.h"
#include "kernel/cloud.h"
#include "server/admin.h"
#include "server/all_services.h"
#include "server/call_log.h"
#include "server/functions.h"
#include "server/gateway.h"
#include "server/init_hooks.h"
#include "server/outside.h"
#include "server/root_key.h"
#include "server/signals.h"
#include "server/start.h"
#include "server/worker_threads.h"
#include "store/folder.h"
#include "store/memory_engine.h"
#include "store/store.h"

namespace server {

namespace {

using base::Result;

constexpr std::string_view kDefaultAccount = "000000000000";
constexpr int kSyncIntervalMs = 500;  // how much --durability=os may lose with the power

// Each thread rolls dice of its own.
struct ThreadDice : base::Dice {
  std::uint64_t next() override {
    thread_local base::SecureDice dice;
    return dice.next();
  }
};

base::Log::Options log_options(const Options& options, const kernel::Clock& clock) {
  using Form = base::Log::Form;
  Form form = options.log_json                        ? Form::kJson
              : base::Log::is_terminal(STDERR_FILENO) ? Form::kColouredText
                                                      : Form::kText;
  return {.form = form, .now_ms = [&clock] { return kernel::to_ms(clock.now()); }};
}

// The services asked for; an unknown name is refused rather than ignored.
Result<std::vector<kernel::Service>> chosen_services(const Options& options) {
  std::vector<kernel::Service> services = all_services();
  if (options.services.empty()) return services;
  for (const std::string& id : options.services)
    if (std::ranges::find(services, id, &kernel::Service::id) == services.end())
      return base::fail("InvalidOption", "There is no service " + id + " here; virga coverage lists them.");
  std::erase_if(services, [&](const kernel::Service& service) {
    return std::ranges::find(options.services, service.id) == options.services.end();
  });
  return services;
}

Result<std::unique_ptr<store::Store>> open_store(const Options& options) {
  if (options.data_folder.empty()) return store::Store::open(store::memory_home());
  std::error_code failed;
  std::filesystem::create_directories(std::filesystem::path(options.data_folder).parent_path(), failed);
  return store::Store::open(TRY(store::open_data_folder(options.data_folder, {.durability = options.durability})));
}

// TLS material outlives resets and snapshots, so it stands beside the data folder; without one it lasts as long as the
// process.
std::string tls_folder(const Options& options) {
  if (!options.data_folder.empty()) return options.data_folder + ".tls";
  return std::filesystem::temp_directory_path() / fmt::format("virga-tls-{}", ::getpid());
}

Result<void> print_root_key(kernel::Cloud& cloud) {
  kernel::RootKey key;
  TRY_VOID(cloud.transact({std::string(kDefaultAccount), "us-east-1"}, [&](kernel::Call& call) -> Result<void> {
    key = kernel::ensure_root_key(call, std::string(kDefaultAccount));
    return {};
  }));
  TRY_VOID(cloud.store().flush());
  if (key.is_new)
    std::cout << "The root key of account " << kDefaultAccount
              << ", shown only now:\n  AWS_ACCESS_KEY_ID=" << key.access_key_id
              << "\n  AWS_SECRET_ACCESS_KEY=" << key.secret << "\n";
  return {};
}

// Clears away the bodies of objects that the last crash has left behind, beside everything else that happens.
class BlobCollector {
 public:
  BlobCollector(kernel::Cloud& cloud, base::Logger log)
      : thread_([&cloud, log](std::stop_token stopping) {
          auto collected = cloud.collect_blobs([&] { return stopping.stop_requested(); });
          if (!collected && collected.error().code != "Stopping")
            log.error("Bodies that nothing needs could not be removed: {}", collected.error().message);
        }) {}

 private:
  std::jthread thread_;
};

}  // namespace

Result<void> run_instance(const Options& options) {
  keep_freed_memory();
  Signals signals;
  std::unique_ptr<store::Store> store = TRY(open_store(options));
  kernel::AdjustableClock clock(stored_clock(*store));
  base::Log log(log_options(options, clock));
  TRY_VOID(log.set_levels(options.log_levels));
  std::unique_ptr<Functions> functions = TRY(Functions::start(options, clock, log.part("runtime")));
  ThreadDice dice;
  std::vector<kernel::Service> services = TRY(chosen_services(options));
  CallLog call_log(log, services);
  Outside outside(options.offline ? Outside::Reach::kThisMachine : Outside::Reach::kEverywhere);
  WorkerThreads workers;
  const RootKey root_key = TRY(RootKey::open(options));
  kernel::Cloud cloud({.store = *store,
                       .clock = clock,
                       .dice = dice,
                       .log = log.part("kernel"),
                       .root_key = root_key.bytes(),
                       .services = std::move(services),
                       .recorders = {&call_log},
                       .outbound = &outside,
                       .functions = functions->host(),
                       .workers = &workers});
  if (options.strict) TRY_VOID(print_root_key(cloud));

  std::string tls = tls_folder(options);
  Admin admin({.cloud = cloud,
               .clock = clock,
               .options = options,
               .stop = [&] { signals.raise(); },
               .copy_root_key = [&](const std::string& folder) { return root_key.copy_to(folder); },
               .ca_certificate = [&] { return http::TlsContext::ca_certificate_pem(tls); }});
  Gateway gateway({.cloud = cloud,
                   .admin = admin,
                   .rules = {.default_account = std::string(kDefaultAccount), .strict = options.strict},
                   .host_name = options.host_name});
  std::vector<std::string> names;
  if (!options.host_name.empty()) names = {options.host_name, "*." + options.host_name};
  http::Server server({.hosts = options.hosts,
                       .port = options.port,
                       .loops = loop_count(options),
                       .make_tls = [&] { return http::TlsContext::open(tls, names); }},
                      gateway);
  TRY_VOID(server.listen());
  functions->set_endpoint(fmt::format("http://127.0.0.1:{}", server.port()));
  gateway.attach(server);
  TRY_VOID(server.start());
  TRY_VOID(announce(options, server.port()));
  {
    BlobCollector collector(cloud, log.part("store"));
    InitHooks hooks({.folders = options.init_folders,
                     .endpoint = fmt::format("http://127.0.0.1:{}", server.port()),
                     .log = log.part("init"),
                     .report = [&](base::Value state) { admin.set_init_state(std::move(state)); }});
    hooks.start();
    while (!signals.wait_for_ms(kSyncIntervalMs)) {
      if (options.durability != store::Durability::kOs) continue;
      if (auto synced = store->sync(); !synced)
        log.part("store").error("The disk refused a sync: {}", synced.error().message);
    }
  }
  functions->stop();
  server.stop();
  outside.stop();
  workers.stop();
  gateway.detach();
  if (options.data_folder.empty()) std::filesystem::remove_all(tls);
  return {};  // the store flushes and closes with this scope
}

}  // namespace server
