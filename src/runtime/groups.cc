#include "runtime/groups.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/strings.h"
#include "runtime/sandbox.h"

namespace runtime {

namespace {

using base::Result;

constexpr std::string_view kGroupPrefix = "virga-";
constexpr int kCpuPeriodUs = 100'000;

// A hierarchy as it is mounted, and where in it we are.
struct MountedHierarchy {
  std::string own_folder;  // of our own group
  bool is_at_root = false;
  bool is_unified = false;
  std::vector<std::string> controllers;  // of version 1
};

bool write_control(const std::string& file, std::string_view text) {
  Descriptor open_file(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  return open_file.is_open() && ::write(open_file.get(), text.data(), text.size()) == ssize_t(text.size());
}

std::string read_control(const std::string& file) {
  std::ifstream open_file(file);
  std::stringstream text;
  text << open_file.rdbuf();
  return text.str();
}

std::vector<std::string> words_of(std::string_view text, char separator) {
  std::vector<std::string> words;
  for (std::string_view word : base::split(base::trim(text), separator))
    if (!word.empty()) words.emplace_back(word);
  return words;
}

// Our path in the hierarchy with these controllers, as /proc/self/cgroup has it ("2:cpu,cpuacct:/path"); of version 2
// there is one, without controllers.
std::string own_path(const std::vector<std::string>& lines, std::string_view controller) {
  for (const std::string& line : lines) {
    std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == line.npos) continue;
    std::vector<std::string> controllers = words_of(std::string_view(line).substr(first + 1, second - first - 1), ',');
    bool is_it =
        controller.empty() ? controllers.empty() : std::ranges::find(controllers, controller) != controllers.end();
    if (is_it) return line.substr(second + 1);
  }
  return {};
}

std::vector<MountedHierarchy> mounted_hierarchies() {
  std::vector<MountedHierarchy> found;
  std::vector<std::string> groups = words_of(read_control("/proc/self/cgroup"), '\n');
  for (const std::string& line : words_of(read_control("/proc/self/mountinfo"), '\n')) {
    // "36 35 98:0 ROOT MOUNT_POINT options [fields] - TYPE source SUPER_OPTIONS"
    std::vector<std::string> words = words_of(line, ' ');
    auto dash = std::ranges::find(words, "-");
    if (words.size() < 6 || words.end() - dash < 4) continue;
    const std::string &root = words[3], &mount_point = words[4], &type = dash[1];
    if (type != "cgroup" && type != "cgroup2") continue;
    MountedHierarchy hierarchy{.is_unified = type == "cgroup2"};
    for (const std::string& option : words_of(dash[3], ','))
      if (option == "memory" || option == "pids" || option == "cpu") hierarchy.controllers.push_back(option);
    if (!hierarchy.is_unified && hierarchy.controllers.empty()) continue;
    std::string path = own_path(groups, hierarchy.is_unified ? "" : hierarchy.controllers[0]);
    if (path.empty() || (root != "/" && !path.starts_with(root))) continue;
    if (root != "/") path.erase(0, root.size());
    hierarchy.is_at_root = path.empty() || path == "/";
    hierarchy.own_folder = hierarchy.is_at_root ? mount_point : mount_point + path;
    found.push_back(std::move(hierarchy));
  }
  return found;
}

// With the groups in it; not those that somebody is in.
void remove_group(const std::string& folder) {
  std::error_code failed;
  for (auto inner = std::filesystem::directory_iterator(folder, failed);
       !failed && inner != std::filesystem::directory_iterator(); inner.increment(failed))
    if (inner->is_directory()) ::rmdir(inner->path().c_str());
  ::rmdir(folder.c_str());
}

// Groups of servers that are gone.
void remove_old_groups(const std::string& parent) {
  std::error_code failed;
  for (auto entry = std::filesystem::directory_iterator(parent, failed);
       !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
    std::string name = entry->path().filename();
    if (!name.starts_with(kGroupPrefix)) continue;
    auto server = base::parse_number<pid_t>(std::string_view(name).substr(kGroupPrefix.size()));
    if (server && ::kill(*server, 0) != 0 && errno == ESRCH) remove_group(entry->path());
  }
}

// Makes a group of ours below `parent`; a spawner that comes after another one finds it there.
bool make_own_group(const std::string& folder) { return ::mkdir(folder.c_str(), 0755) == 0 || errno == EEXIST; }

}  // namespace

Groups::Groups(int server) {
  for (const MountedHierarchy& mounted : mounted_hierarchies()) {
    remove_old_groups(mounted.own_folder);
    if (mounted.is_unified) {
      add_unified(mounted.own_folder, server);
      continue;
    }
    // Version 1 has no safe way to hand a group on: below somebody else's we keep out. And entering one holds up the
    // whole machine for milliseconds, which only the limit of memory is worth.
    std::string folder = fmt::format("{}/{}{}", mounted.own_folder, kGroupPrefix, server);
    bool is_worth_it = std::ranges::find(mounted.controllers, "memory") != mounted.controllers.end();
    if (is_worth_it && mounted.is_at_root && make_own_group(folder))
      hierarchies_.push_back({folder, false, mounted.controllers});
  }
}

void Groups::add_unified(const std::string& parent, int server) {
  std::string folder = fmt::format("{}/{}{}", parent, kGroupPrefix, server);
  if (!make_own_group(folder)) return;
  Hierarchy hierarchy{.folder = folder, .is_unified = true};
  // A group with limits on its parts has no processes of its own. Where we are alone in ours, we move aside.
  std::vector<std::string> members = words_of(read_control(parent + "/cgroup.procs"), '\n');
  bool is_alone = std::ranges::all_of(members, [&](const std::string& member) {
    return member == std::to_string(server) || member == std::to_string(::getpid());
  });
  std::string aside = folder + "/server";
  bool may_limit = ::access((parent + "/cgroup.type").c_str(), F_OK) != 0;  // the true root, which is excepted
  if (!may_limit && is_alone && make_own_group(aside)) {
    may_limit = true;
    for (const std::string& member : members) may_limit = may_limit && write_control(aside + "/cgroup.procs", member);
  }
  for (const char* controller : {"memory", "pids", "cpu"}) {
    std::string enabled = std::string("+") + controller;
    if (!may_limit || !write_control(parent + "/cgroup.subtree_control", enabled)) continue;
    if (write_control(folder + "/cgroup.subtree_control", enabled)) hierarchy.controllers.push_back(controller);
  }
  hierarchies_.push_back(std::move(hierarchy));
}

Groups::~Groups() {
  for (const Hierarchy& hierarchy : hierarchies_) remove_group(hierarchy.folder);
}

bool Groups::has(std::string_view controller) const {
  return std::ranges::any_of(hierarchies_, [&](const Hierarchy& hierarchy) {
    return std::ranges::find(hierarchy.controllers, controller) != hierarchy.controllers.end();
  });
}

bool Groups::freezes() const { return std::ranges::any_of(hierarchies_, &Hierarchy::is_unified); }

Result<Group> Groups::make(std::uint64_t id, const ProcessSpec& spec) const {
  Group group;
  auto fail = [&](const std::string& folder) {
    auto failure = fail_with_errno("The cgroup " + folder + " could not be made");
    remove(group);
    return failure;
  };
  for (const Hierarchy& hierarchy : hierarchies_) {
    std::string folder = fmt::format("{}/{}", hierarchy.folder, id);
    if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) return fail(folder);
    group.folders.push_back(folder);
    bool is_done = true;
    auto set = [&](const char* file, const std::string& value) {
      is_done = is_done && write_control(folder + "/" + file, value);
    };
    for (const std::string& controller : hierarchy.controllers) {
      std::int64_t quota_us = std::int64_t{spec.cpu_permille} * kCpuPeriodUs / 1'000;
      if (controller == "pids" && spec.pids_max > 0) set("pids.max", std::to_string(spec.pids_max));
      if (controller == "cpu" && quota_us > 0)
        set(hierarchy.is_unified ? "cpu.max" : "cpu.cfs_quota_us",
            hierarchy.is_unified ? fmt::format("{} {}", quota_us, kCpuPeriodUs) : std::to_string(quota_us));
      if (controller != "memory" || spec.memory_mb <= 0) continue;
      set(hierarchy.is_unified ? "memory.max" : "memory.limit_in_bytes", fmt::format("{}M", spec.memory_mb));
      if (!hierarchy.is_unified) continue;
      set("memory.oom.group", "1");
      write_control(folder + "/memory.swap.max", "0");  // machines without swap have no such file
    }
    if (!is_done) return fail(folder);
    int flags = hierarchy.is_unified ? O_PATH | O_DIRECTORY : O_WRONLY;
    Descriptor entry(::open((hierarchy.is_unified ? folder : folder + "/cgroup.procs").c_str(), flags | O_CLOEXEC));
    if (!entry.is_open()) return fail(folder);
    if (hierarchy.is_unified) {
      group.unified = folder;
      group.unified_folder = std::move(entry);
    } else {
      group.members.push_back(std::move(entry));
    }
  }
  return group;
}

void Groups::remove(const Group& group) const {
  for (const std::string& folder : group.folders) ::rmdir(folder.c_str());
}

bool Groups::was_out_of_memory(const Group& group) const {
  for (const std::string& folder : group.folders)
    for (const char* file : {"/memory.events", "/memory.oom_control"})
      for (const std::string& line : words_of(read_control(folder + file), '\n'))
        if (line.starts_with("oom_kill ") && line != "oom_kill 0") return true;
  return false;
}

void Groups::freeze(const Group& group, bool is_frozen) const {
  write_control(group.unified + "/cgroup.freeze", is_frozen ? "1" : "0");
}

void Groups::kill(const Group& group) const { write_control(group.unified + "/cgroup.kill", "1"); }

}  // namespace runtime
