#include "runtime/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <string>

#include "base/strings.h"
#include "runtime/descriptor.h"

namespace runtime {

namespace {

// A small file of /proc; empty when its process is gone.
std::string read_process_file(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  if (!file.is_open()) return text;
  char piece[4096];
  for (ssize_t count; (count = ::read(file.get(), piece, sizeof piece)) > 0;) text.append(piece, count);
  return text;
}

// The names in a folder of /proc that are numbers.
std::vector<pid_t> numbers_in(const std::string& folder) {
  std::vector<pid_t> numbers;
  DIR* open_folder = ::opendir(folder.c_str());
  if (!open_folder) return numbers;
  while (dirent* entry = ::readdir(open_folder))
    if (auto number = base::parse_number<pid_t>(entry->d_name)) numbers.push_back(*number);
  ::closedir(open_folder);
  return numbers;
}

pid_t parent_of(pid_t process) {
  std::string stat = read_process_file(fmt::format("/proc/{}/stat", process));
  // "1 (name) S 0 …": the name may hold anything, so the last parenthesis counts.
  std::size_t end = stat.rfind(')');
  if (end == stat.npos || end + 4 >= stat.size()) return -1;
  return base::parse_number<pid_t>(base::split(std::string_view(stat).substr(end + 4), ' ')[0]).value_or(-1);
}

// The number behind a name in a file of lines like "Pss:  123 kB".
std::int64_t kilobytes_at(std::string_view text, std::string_view name) {
  std::size_t found = text.find(name);
  if (found == text.npos) return 0;
  text.remove_prefix(found + name.size());
  text = base::trim(text.substr(0, text.find('k')));
  return base::parse_number(text).value_or(0);
}

}  // namespace

std::vector<pid_t> children_of(pid_t process) {
  std::vector<pid_t> children;
  std::string tasks = fmt::format("/proc/{}/task", process);
  // Kernels without these lists are rare; there, everybody is asked for his parent.
  static const bool has_lists = ::access(fmt::format("/proc/self/task/{}/children", ::getpid()).c_str(), R_OK) == 0;
  if (!has_lists) {
    for (pid_t other : numbers_in("/proc"))
      if (parent_of(other) == process) children.push_back(other);
    return children;
  }
  for (pid_t task : numbers_in(tasks)) {
    std::string list = read_process_file(fmt::format("{}/{}/children", tasks, task));
    for (std::string_view child : base::split(list, ' '))
      if (auto number = base::parse_number<pid_t>(child)) children.push_back(*number);
  }
  return children;
}

std::vector<pid_t> descendants_of(pid_t process) {
  std::vector<pid_t> found = children_of(process);
  for (std::size_t next = 0; next < found.size(); ++next)
    for (pid_t child : children_of(found[next]))
      if (std::ranges::find(found, child) == found.end()) found.push_back(child);
  return found;
}

void signal_descendants(pid_t process, int signal) {
  std::set<pid_t> told;
  for (bool is_news = true; is_news;) {
    is_news = false;
    for (pid_t descendant : descendants_of(process)) {
      if (!told.insert(descendant).second) continue;
      ::kill(descendant, signal);
      is_news = true;
    }
  }
}

void kill_descendants(pid_t process) {
  signal_descendants(process, SIGSTOP);
  signal_descendants(process, SIGKILL);
}

MemoryUse memory_of_descendants(pid_t process, Exactness exactness) {
  MemoryUse use;
  static const std::int64_t page_kb = ::sysconf(_SC_PAGESIZE) / 1024;
  for (pid_t descendant : descendants_of(process)) {
    std::string pages = read_process_file(fmt::format("/proc/{}/statm", descendant));
    std::vector<std::string_view> columns = base::split(pages, ' ');
    std::int64_t resident_kb = columns.size() < 2 ? 0 : base::parse_number(columns[1]).value_or(0) * page_kb;
    use.resident_kb += resident_kb;
    if (exactness == Exactness::kResident) continue;
    std::string parts = read_process_file(fmt::format("/proc/{}/smaps_rollup", descendant));
    use.proportional_kb += parts.empty() ? resident_kb : kilobytes_at(parts, "\nPss:");
  }
  return use;
}

std::int64_t peak_memory_kb(pid_t process) {
  return kilobytes_at(read_process_file(fmt::format("/proc/{}/status", process)), "\nVmHWM:");
}

}  // namespace runtime
