#include "runtime/interpreter_search.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include "base/strings.h"
#include "runtime/descriptor.h"

namespace runtime {

namespace {

namespace files = std::filesystem;

bool is_program(const std::string& path) {
  std::error_code failed;
  return files::is_regular_file(path, failed) && ::access(path.c_str(), X_OK) == 0;
}

// The first "digits.digits…" in a text.
std::string version_in(std::string_view text) {
  for (std::size_t begin = 0; begin < text.size(); ++begin) {
    if (text[begin] < '0' || text[begin] > '9') continue;
    std::size_t end = text.find_first_not_of("0123456789.", begin);
    std::string_view version = text.substr(begin, end == text.npos ? text.npos : end - begin);
    while (version.ends_with('.')) version.remove_suffix(1);
    return std::string(version);
  }
  return {};
}

std::vector<std::string> subfolders(const std::string& folder) {
  std::vector<std::string> found;
  std::error_code failed;
  for (files::directory_iterator each(folder, failed); !failed && each != files::directory_iterator();
       each.increment(failed))
    if (each->is_directory(failed)) found.push_back(each->path().string());
  std::ranges::sort(found);
  return found;
}

// Folders with programs in them.
std::vector<std::string> program_folders(const SearchPlaces& places) {
  std::vector<std::string> folders;
  for (std::string_view part : base::split(places.path, ':')) folders.emplace_back(part);
  for (const char* usual : {"/usr/local/bin", "/usr/bin", "/bin", "/opt/bin"}) folders.emplace_back(usual);
  std::vector<std::string> parents = {"/opt",      "/opt/python", "/opt/node",   "/opt/nodejs",
                                      "/opt/ruby", "/opt/java",   "/usr/lib/jvm"};
  if (!places.home.empty()) {
    for (const char* below : {
             "/.pyenv/versions",
             "/.local/share/uv/python",
             "/.nvm/versions/node",
             "/.asdf/installs/python",
             "/.asdf/installs/nodejs",
             "/.asdf/installs/ruby",
             "/.rbenv/versions",
             "/.asdf/installs/java",
             "/.sdkman/candidates/java",
         })
      parents.push_back(places.home + below);
  }
  for (const std::string& parent : parents)
    for (const std::string& folder : subfolders(parent)) folders.push_back(folder + "/bin");
  return folders;
}

std::string version_of(const std::string& language, const std::string& path) {
  // Java 8 knows no other word for it, and calls itself 1.8.
  auto said = output_of({path, language == "java" ? "-version" : "--version"});
  if (!said) return {};
  if (language == "java") {
    if (said->find(" version \"") == said->npos) return {};
    std::string version = version_in(*said);
    return version.starts_with("1.") ? version.substr(2) : version;
  }
  if (language == "ruby" && !said->starts_with("ruby ")) return {};
  if (language == "python" && !said->starts_with("Python ")) return {};
  if (language == "nodejs" && !said->starts_with("v")) return {};
  return version_in(*said);
}

// Which language a program of this name runs; pythons only with a minor version in their names, as python3 is one of
// those.
std::string language_of(const std::string& name) {
  if (name.starts_with("python3.") && version_in(name.substr(6)) == name.substr(6)) return "python";
  if (name == "node" || name == "nodejs") return "nodejs";
  if (name == "java") return "java";
  if (name == "ruby" || (name.starts_with("ruby") && version_in(name.substr(4)) == name.substr(4))) return "ruby";
  return {};
}

}  // namespace

std::optional<std::string> output_of(const std::vector<std::string>& command) {
  constexpr int kPatienceMs = 5'000;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  Descriptor reading(ends[0]);
  Descriptor writing(ends[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, writing.get(), 1);
  ::posix_spawn_file_actions_adddup2(&actions, writing.get(), 2);
  std::vector<char*> arguments;
  for (const std::string& part : command) arguments.push_back(const_cast<char*>(part.c_str()));
  arguments.push_back(nullptr);
  std::array<char*, 2> environment = {const_cast<char*>("PATH=/usr/local/bin:/usr/bin:/bin"), nullptr};
  pid_t process = 0;
  int failed =
      ::posix_spawn(&process, command.front().c_str(), &actions, nullptr, arguments.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return std::nullopt;
  writing.reset();
  std::string output;
  std::array<char, 4096> buffer;
  pollfd ready{.fd = reading.get(), .events = POLLIN, .revents = 0};
  bool is_over = false;
  while (!is_over && ::poll(&ready, 1, kPatienceMs) > 0) {
    ssize_t count = ::read(reading.get(), buffer.data(), buffer.size());
    is_over = count <= 0;
    if (count > 0) output.append(buffer.data(), static_cast<std::size_t>(count));
  }
  if (!is_over) ::kill(process, SIGKILL);
  int status = 0;
  ::waitpid(process, &status, 0);
  if (!is_over || !WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::nullopt;
  return output;
}

std::optional<Interpreter> look_at(const std::string& language, const std::string& path) {
  std::error_code failed;
  std::string real = files::canonical(path, failed).string();
  if (failed || !is_program(real)) return std::nullopt;
  Interpreter found{.language = language, .version = version_of(language, real), .path = real};
  if (found.version.empty()) return std::nullopt;
  bool is_of_system = real.starts_with("/usr/") || real.starts_with("/bin/") || real.starts_with("/lib");
  if (!is_of_system) found.prefix = files::path(real).parent_path().parent_path().string();
  files::path given = files::absolute(path, failed).lexically_normal();
  files::path environment = given.parent_path().parent_path();
  if (files::exists(environment / "pyvenv.cfg", failed)) {
    found.path = given.string();
    found.virtual_environment = environment.string();
  }
  return found;
}

std::vector<Interpreter> search_interpreters(const SearchPlaces& places, const std::string& wanted_language) {
  std::vector<Interpreter> found;
  std::set<std::string> seen;
  for (const std::string& folder : program_folders(places)) {
    // Shims choose a version by the folder they are called in.
    if (files::path(folder).filename() == "shims") continue;
    std::vector<std::pair<std::string, std::string>> candidates;
    std::error_code failed;
    for (files::directory_iterator each(folder, failed); !failed && each != files::directory_iterator();
         each.increment(failed)) {
      std::string language = language_of(each->path().filename().string());
      if (language == wanted_language) candidates.emplace_back(language, each->path().string());
    }
    std::ranges::sort(candidates);
    for (const auto& [language, path] : candidates) {
      std::error_code broken;
      std::string real = files::canonical(path, broken).string();
      if (broken || !seen.insert(real).second) continue;
      if (auto interpreter = look_at(language, real)) found.push_back(std::move(*interpreter));
    }
  }
  return found;
}

}  // namespace runtime
