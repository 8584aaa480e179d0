#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <filesystem>

#include "runtime/sandbox.h"

namespace runtime {

namespace {

using base::Result;

// Lambda's own: the user that code there finds itself to be.
constexpr uid_t kInnerUser = 993;
constexpr gid_t kInnerGroup = 990;
constexpr const char* kInnerName = "sbx_user1051";
constexpr uid_t kNamedUsers = 256;

// A part of the host's files, taken out of it and not yet put anywhere.
struct Tree {
  Descriptor tree;
  std::string to;
  bool is_folder = false;
};

constexpr std::uint64_t kForCode = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
constexpr std::uint64_t kForReading = kForCode | MOUNT_ATTR_RDONLY;
constexpr std::uint64_t kForDevices = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;

Result<Tree> take_tree(const std::string& from, const std::string& to, std::uint64_t attributes) {
  Tree taken{
      .tree = Descriptor(::open_tree(AT_FDCWD, from.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE)),
      .to = to};
  if (!taken.tree.is_open()) return fail_with_errno(from + " could not be taken into the sandbox");
  mount_attr wanted{.attr_set = attributes};
  if (::mount_setattr(taken.tree.get(), "", AT_EMPTY_PATH | AT_RECURSIVE, &wanted, sizeof wanted) != 0)
    return fail_with_errno(from + " could not be made read-only");
  struct stat kind{};
  ::fstat(taken.tree.get(), &kind);
  taken.is_folder = S_ISDIR(kind.st_mode);
  return taken;
}

Result<void> write_small_file(const std::string& path, std::string_view text) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  if (!file.is_open() || ::write(file.get(), text.data(), text.size()) != ssize_t(text.size()))
    return fail_with_errno(path + " could not be written");
  return {};
}

// Who we are outside of our user namespace, and inside.
Result<void> map_user(const SandboxWays& ways) {
  TRY_VOID(write_small_file("/proc/self/setgroups", "deny"));
  TRY_VOID(write_small_file("/proc/self/uid_map", fmt::format("{} {} 1", kInnerUser, ways.user)));
  return write_small_file("/proc/self/gid_map", fmt::format("{} {} 1", kInnerGroup, ways.group));
}

// Whether a setting is mounted rather than copied: folders, and what changes while we run.
bool is_taken_as_it_is(const std::string& path) {
  struct stat kind{};
  if (::stat(path.c_str(), &kind) != 0 || ::access(path.c_str(), R_OK) != 0) return false;
  return S_ISDIR(kind.st_mode) || path == "/etc/resolv.conf" || path == "/etc/hosts";
}

// Folders of the host that hold programs, libraries and their data. Where they are links, links of the same kind.
Result<void> take_system(const SandboxPlan& plan, std::vector<Tree>& trees,
                         std::vector<std::pair<std::string, std::string>>& links) {
  for (const char* path : {"/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin"}) {
    struct stat kind{};
    if (::lstat(path, &kind) != 0) continue;
    if (S_ISLNK(kind.st_mode)) {
      char target[PATH_MAX];
      ssize_t size = ::readlink(path, target, sizeof target);
      if (size > 0) links.emplace_back(path, std::string(target, size));
    } else {
      trees.push_back(TRY(take_tree(path, path, kForReading)));
    }
  }
  trees.push_back(TRY(take_tree(plan.settings_folder, "/etc", kForReading)));
  for (const char* path : shared_settings())
    if (is_taken_as_it_is(path)) trees.push_back(TRY(take_tree(path, path, kForReading)));
  for (const char* path : {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"})
    trees.push_back(TRY(take_tree(path, path, kForDevices)));
  return {};
}

Result<void> take_mounts(std::vector<Tree>& trees, const ProcessSpec& spec) {
  for (const ProcessSpec::Mount& mount : spec.mounts) {
    bool is_writable = mount.access == ProcessSpec::Mount::Access::kReadWrite;
    trees.push_back(TRY(take_tree(mount.from, mount.to, is_writable ? kForCode : kForReading)));
  }
  if (!spec.temporary_folder.empty()) trees.push_back(TRY(take_tree(spec.temporary_folder, "/tmp", kForCode)));
  return {};
}

// Makes the folders on the way to a path, and what is mounted over.
Result<void> make_place(const std::string& path, bool is_folder) {
  for (std::size_t end = path.find('/', 1); end != path.npos; end = path.find('/', end + 1))
    ::mkdir(path.substr(0, end).c_str(), 0755);  // where it is there already, so much the better
  if (is_folder)
    ::mkdir(path.c_str(), 0755);
  else
    Descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  if (::access(path.c_str(), F_OK) != 0) return fail_with_errno(path + " has no place in the sandbox");
  return {};
}

Result<void> put_tree(const Tree& tree) {
  TRY_VOID(make_place(tree.to, tree.is_folder));
  if (::move_mount(tree.tree.get(), "", AT_FDCWD, tree.to.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0)
    return fail_with_errno(tree.to + " could not be mounted");
  return {};
}

Result<void> mount_proc(const SandboxPlan& plan) {
  ::mkdir("/proc", 0555);
  if (::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0)
    return fail_with_errno("A /proc of the sandbox's own was refused");
  // The settings of the machine belong to its root, who needs no capability to write them.
  if (plan.ways.user != 0 || plan.own_user != 0) return {};
  for (const char* path : {"/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs"}) {
    if (::access(path, F_OK) != 0) continue;
    Tree tree = TRY(take_tree(path, path, kForReading));
    TRY_VOID(put_tree(tree));
  }
  return {};
}

Result<void> mount_temporary_folder(const ProcessSpec& spec) {
  ::mkdir("/tmp", 0777);
  if (!spec.temporary_folder.empty()) return {};
  std::string options = fmt::format("mode=1777,size={}m", spec.storage_mb);
  if (::mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()) != 0)
    return fail_with_errno("A /tmp of the sandbox's own was refused");
  return {};
}

// What a root file system needs besides what is mounted.
void furnish(const std::vector<std::pair<std::string, std::string>>& links) {
  ::mkdir("/etc", 0755);
  ::mkdir("/dev", 0755);
  ::mkdir("/var", 0755);
  for (const auto& [path, target] : links) ::symlink(target.c_str(), path.c_str());
  ::symlink("/proc/self/fd", "/dev/fd");
  ::symlink("/proc/self/fd/0", "/dev/stdin");
  ::symlink("/proc/self/fd/1", "/dev/stdout");
  ::symlink("/proc/self/fd/2", "/dev/stderr");
}

}  // namespace

Result<void> copy_settings(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code failed;
  for (const char* path : shared_settings()) {
    std::string place = folder + std::string(path).substr(std::string_view("/etc").size());
    fs::create_directories(fs::path(place).parent_path(), failed);
    // What is not there or not to be read is not missed either.
    if (fs::is_directory(path, failed))
      fs::create_directories(place, failed);
    else
      fs::copy_file(path, place, failed);
  }
  // Names for all users that sandboxes may have; nobody sees more than one of them.
  std::string users = "root:x:0:0:root:/root:/sbin/nologin\n", groups = "root:x:0:\n";
  auto add = [&](uid_t user, gid_t group) {
    users += fmt::format("{}:x:{}:{}::/tmp:/sbin/nologin\n", kInnerName, user, group);
    groups += fmt::format("{}:x:{}:\n", kInnerName, group);
  };
  add(kInnerUser, kInnerGroup);
  for (uid_t user = kFirstOwnUser; user < kFirstOwnUser + kNamedUsers; ++user) add(user, user);
  fs::remove(folder + "/passwd", failed);
  fs::remove(folder + "/group", failed);
  TRY_VOID(write_small_file(folder + "/passwd", users));
  return write_small_file(folder + "/group", groups);
}

Result<Descriptor> enter_own_root(const SandboxPlan& plan) {
  if (plan.ways.namespaces == SandboxWays::Namespaces::kByUser) TRY_VOID(map_user(plan.ways));
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return fail_with_errno("The mounts could not be made the sandbox's own");
  std::vector<Tree> trees;
  std::vector<std::pair<std::string, std::string>> links;
  TRY_VOID(take_system(plan, trees, links));
  TRY_VOID(take_mounts(trees, plan.spec));
  Descriptor later;
  if (!plan.spec.later_from.empty()) later = std::move(TRY(take_tree(plan.spec.later_from, "", kForReading)).tree);
  const char* root = plan.root_folder.c_str();
  if (::mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m") != 0 || ::chdir(root) != 0)
    return fail_with_errno("A root of the sandbox's own was refused");
  ::umask(0);
  if (::mkdir("host", 0700) != 0 || ::syscall(SYS_pivot_root, ".", "host") != 0 || ::chdir("/") != 0)
    return fail_with_errno("The root could not be changed");
  // The kernel gives a /proc to whoever sees one: before the host's is gone.
  TRY_VOID(mount_proc(plan));
  furnish(links);
  TRY_VOID(mount_temporary_folder(plan.spec));
  for (const Tree& tree : trees) TRY_VOID(put_tree(tree));
  for (const std::string& place : plan.spec.later_places) TRY_VOID(make_place(place, true));
  if (::umount2("/host", MNT_DETACH) != 0 || ::rmdir("/host") != 0)
    return fail_with_errno("The host's root could not be left");
  mount_attr read_only{.attr_set = MOUNT_ATTR_RDONLY};
  if (::mount_setattr(AT_FDCWD, "/", 0, &read_only, sizeof read_only) != 0)
    return fail_with_errno("The root could not be made read-only");
  constexpr std::string_view kHostName = "sandbox";
  if (::sethostname(kHostName.data(), kHostName.size()) != 0)
    return fail_with_errno("The name of the host was refused");
  return later;
}

// What is mounted must come from a mount of ours: the folder becomes one, over one of the places, for as long as that
// takes.
Result<void> mount_later(Descriptor later, const ProcessSpec& spec, const std::vector<ProcessSpec::Mount>& mounts) {
  if (!later.is_open() || spec.later_places.empty())
    return base::fail("NotMounted", "Nothing can be mounted here, or no more.");
  const std::string& place = spec.later_places.front();
  if (::move_mount(later.get(), "", AT_FDCWD, place.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0)
    return fail_with_errno(spec.later_from + " could not be mounted");
  std::vector<Tree> trees;
  Result<void> done;
  for (const ProcessSpec::Mount& mount : mounts) {
    bool is_below = mount.from.starts_with(spec.later_from + "/") && mount.from.find("/../") == mount.from.npos;
    if (!is_below) done = base::fail("NotMounted", mount.from + " is not below " + spec.later_from);
    if (!done) break;
    auto tree = take_tree(place + mount.from.substr(spec.later_from.size()), mount.to, kForReading);
    if (tree)
      trees.push_back(std::move(*tree));
    else
      done = std::unexpected(std::move(tree).error());
  }
  if (::umount2(place.c_str(), MNT_DETACH) != 0) return fail_with_errno("The folder could not be left");
  TRY_VOID(std::move(done));
  for (const Tree& tree : trees) TRY_VOID(put_tree(tree));
  return {};
}

Result<void> start_loopback() {
  Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  request.ifr_name[0] = 'l';
  request.ifr_name[1] = 'o';
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (!socket.is_open() || ::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0)
    return fail_with_errno("The loopback could not be started");
  return {};
}

Result<std::vector<Descriptor>> listen_on(const std::vector<std::uint16_t>& ports) {
  std::vector<Descriptor> sockets;
  for (std::uint16_t port : ports) {
    Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!socket.is_open() || ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(socket.get(), SOMAXCONN) != 0)
      return fail_with_errno(fmt::format("Port {} could not be listened on", port));
    sockets.push_back(std::move(socket));
  }
  return sockets;
}

}  // namespace runtime
