#include <fcntl.h>
#include <fmt/format.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>

#include "runtime/sandbox.h"

namespace runtime {

namespace {

using base::Result;

// Newer than the headers of the oldest system this is built on; the kernel's numbers are for ever.
constexpr std::uint64_t kTruncate = 1ULL << 14;
constexpr std::uint64_t kControlDevice = 1ULL << 15;
constexpr std::uint64_t kScopeAbstractSockets = 1ULL << 0;
constexpr std::uint64_t kScopeSignals = 1ULL << 1;

struct Ruleset {
  std::uint64_t handled_files, handled_network, scoped;
};

constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kOnFiles = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
                                   LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate | kControlDevice;

std::uint64_t rights_known_to(int version) {
  int bits = version >= 5 ? 16 : version >= 3 ? 15 : version == 2 ? 14 : 13;
  return (1ULL << bits) - 1;
}

std::size_t ruleset_bytes(int version) { return version >= 6 ? 24 : version >= 4 ? 16 : 8; }

// What every program may read besides its own: how the system is set up, and what the kernel tells of itself.
constexpr const char* kSystemFolders[] = {"/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin"};
constexpr const char* kKernelFiles[] = {"/proc/self",
                                        "/proc/cpuinfo",
                                        "/proc/meminfo",
                                        "/proc/stat",
                                        "/proc/loadavg",
                                        "/proc/uptime",
                                        "/proc/version",
                                        "/proc/filesystems",
                                        "/proc/sys/vm/overcommit_memory",
                                        "/proc/sys/kernel/random",
                                        "/sys/devices/system/cpu",
                                        "/sys/kernel/mm/transparent_hugepage"};
// ssl/private, shadow, machine-id, ssh and whatever people put into /etc stay out.
constexpr const char* kSharedSettings[] = {
    "/etc/alternatives", "/etc/crypto-policies", "/etc/gai.conf",        "/etc/group",           "/etc/host.conf",
    "/etc/hosts",        "/etc/java-11-openjdk", "/etc/java-17-openjdk", "/etc/java-21-openjdk", "/etc/java-25-openjdk",
    "/etc/ld.so.cache",  "/etc/localtime",       "/etc/mime.types",      "/etc/nsswitch.conf",   "/etc/os-release",
    "/etc/passwd",       "/etc/pki/ca-trust",    "/etc/pki/tls",         "/etc/protocols",       "/etc/resolv.conf",
    "/etc/services",     "/etc/ssl/cert.pem",    "/etc/ssl/certs",       "/etc/ssl/openssl.cnf", "/etc/timezone"};

constexpr const char* kDevices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"};

enum class IfMissing { kLeaveOut, kFail };

Result<void> allow(const Descriptor& rules, const std::string& path, std::uint64_t rights, int version,
                   IfMissing if_missing) {
  Descriptor place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!place.is_open())
    return if_missing == IfMissing::kLeaveOut ? Result<void>() : fail_with_errno(path + " could not be opened");
  struct stat kind{};
  ::fstat(place.get(), &kind);
  rights &= rights_known_to(version);
  if (!S_ISDIR(kind.st_mode)) rights &= kOnFiles;
  landlock_path_beneath_attr rule{rights, place.get()};
  if (::syscall(SYS_landlock_add_rule, rules.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
    return fail_with_errno("Landlock refused a rule for " + path);
  return {};
}

Result<void> allow_paths(const Descriptor& rules, const SandboxPlan& plan) {
  int version = plan.ways.landlock_version;
  for (const char* path : kSystemFolders) TRY_VOID(allow(rules, path, kRead, version, IfMissing::kLeaveOut));
  for (const char* path : kKernelFiles) TRY_VOID(allow(rules, path, kRead, version, IfMissing::kLeaveOut));
  for (const char* path : kSharedSettings) TRY_VOID(allow(rules, path, kRead, version, IfMissing::kLeaveOut));
  for (const char* path : kDevices)
    TRY_VOID(allow(rules, path, kOnFiles & ~std::uint64_t{LANDLOCK_ACCESS_FS_EXECUTE}, version, IfMissing::kLeaveOut));
  for (const ProcessSpec::Mount& mount : plan.spec.mounts) {
    bool is_writable = mount.access == ProcessSpec::Mount::Access::kReadWrite;
    TRY_VOID(allow(rules, mount.from, is_writable ? ~0ULL : kRead, version, IfMissing::kFail));
  }
  return allow(rules, plan.spec.temporary_folder, ~0ULL, version, IfMissing::kFail);
}

}  // namespace

std::span<const char* const> shared_settings() { return kSharedSettings; }

int landlock_version() {
  long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version < 0 ? 0 : static_cast<int>(version);
}

Result<Descriptor> make_path_rules(const SandboxPlan& plan) {
  int version = plan.ways.landlock_version;
  bool has_own_root = plan.ways.tier() == Tier::kIsolated;
  // With a root of its own, all that is left to Landlock are the sockets that have names but no place in it.
  if (version == 0 || (has_own_root && version < 6)) return Descriptor();
  Ruleset ruleset{.handled_files = has_own_root ? 0 : rights_known_to(version),
                  .handled_network = 0,
                  .scoped = version >= 6 ? kScopeAbstractSockets | kScopeSignals : 0};
  Descriptor rules(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &ruleset, ruleset_bytes(version), 0)));
  if (!rules.is_open()) return fail_with_errno("Landlock refused to begin");
  if (!has_own_root) TRY_VOID(allow_paths(rules, plan));
  return rules;
}

Result<void> enforce_path_rules(const Descriptor& rules) {
  if (::syscall(SYS_landlock_restrict_self, rules.get(), 0) != 0) return fail_with_errno("Landlock refused to begin");
  return {};
}

}  // namespace runtime
