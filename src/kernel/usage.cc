#include "kernel/usage.h"

#include <algorithm>
#include <unordered_map>

#include "kernel/cloud.h"

namespace kernel {

namespace {

constexpr std::int64_t kWriteAfterMs = 1'000;
constexpr std::size_t kPrincipalsMax = 4'096;  // remembered between writes

struct KeyUseRow {
  std::int64_t at_ms = 0;
  std::string service, region;

  static void fields(auto& self, auto& field) {
    field("at_ms", self.at_ms);
    field("service", self.service);
    field("region", self.region);
  }
};

struct UseRow {
  std::int64_t at_ms = 0;
  std::string region;
  std::vector<std::string> resources;

  static void fields(auto& self, auto& field) {
    field("at_ms", self.at_ms);
    field("region", self.region);
    field("resources", self.resources);
  }
};

constexpr store::Table<KeyUseRow> kKeyUses{"kernel.key_uses", store::Scope::kGlobal};  // key: access key id
constexpr store::Table<UseRow> kUses{"kernel.uses", store::Scope::kGlobal};  // key: principal's ARN, service, action

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

// Sessions of a role count for the role.
std::string_view arn_of(const Principal& caller) {
  bool has_role = caller.type == Principal::Type::kAssumedRole && caller.session && !caller.session->role_arn.empty();
  return has_role ? std::string_view(caller.session->role_arn) : caller.arn;
}

bool has_uses(const Principal& caller) {
  return caller.type != Principal::Type::kService && caller.type != Principal::Type::kAnonymous;
}

void add_resource(std::vector<std::string>& resources, std::string_view resource) {
  if (resource.empty() || std::ranges::find(resources, resource) != resources.end()) return;
  bool is_any = resources.size() == 1 && resources.front() == "*";
  if (is_any) return;
  if (resources.size() < kUseResourcesMax) return resources.emplace_back(resource), void();
  resources.assign(1, "*");
}

class UsageRecorder : public Recorder {
 public:
  explicit UsageRecorder(Cloud& cloud) : cloud_(cloud) {}
  ~UsageRecorder() override { write(); }

  void on_call(const Record& record) override {
    if (!has_uses(record.caller)) return;
    std::string_view arn = arn_of(record.caller);
    auto found = principals_.find(arn);
    if (found == principals_.end()) found = principals_.emplace(std::string(arn), Notes{}).first;
    std::int64_t at_ms = to_ms(record.finished);
    Use& use = found->second.uses[&record.operation];
    if (!use.service) {
      use.service = &record.service;
      use.action = record.action;
    }
    bool is_allowed = record.result || !is_denial(record.result.error());
    if (is_allowed) note_resource(use, record.resource);
    note(use, at_ms, record.place.region);
    if (!record.caller.access_key_id.starts_with("AKIA")) return;
    Use& key = keys_[record.caller.access_key_id];
    key.service = &record.service;
    note(key, at_ms, record.place.region);
  }

  void on_turn_end() override {
    if (has_new_ || (is_dirty_ && to_ms(cloud_.clock().now()) >= written_ms_ + kWriteAfterMs)) write();
  }

  void on_contents_replaced() override {
    principals_.clear();
    keys_.clear();
    has_new_ = is_dirty_ = false;
  }

 private:
  struct Use {
    const model::Service* service = nullptr;
    std::string action;  // empty when it was never asked for
    std::int64_t at_ms = 0;
    std::string region;
    std::vector<std::string> resources;
    std::string last_resource;
    bool is_dirty = false;
  };
  struct Notes {
    std::unordered_map<const model::Operation*, Use> uses;
  };

  static bool is_denial(const base::Error& error) {
    return error.code.starts_with("AccessDenied") || error.code == "UnauthorizedOperation" ||
           error.code == "NotImplemented";
  }

  void note_resource(Use& use, std::string_view resource) {
    if (use.last_resource == resource) return;
    use.last_resource = resource;
    std::size_t before = use.resources.size();
    add_resource(use.resources, resource);
    has_new_ |= use.resources.size() != before;
  }

  void note(Use& use, std::int64_t at_ms, const std::string& region) {
    has_new_ |= use.at_ms == 0;
    use.at_ms = at_ms;
    if (use.region != region) use.region = region;
    use.is_dirty = is_dirty_ = true;
  }

  void write() {
    if (!is_dirty_) return;
    Result<void> written = cloud_.transact({}, [&](Call& call) -> Result<void> {
      for (auto& [arn, notes] : principals_)
        for (auto& [operation, use] : notes.uses)
          if (use.is_dirty) write_use(call, arn, *operation, use);
      for (auto& [id, use] : keys_)
        if (use.is_dirty) call.tx.put(kKeyUses, id, {use.at_ms, std::string(use.service->signing_name), use.region});
      return {};
    });
    if (!written) {
      cloud_.log().write(base::Level::kError, "Uses of keys and principals could not be written.",
                         {{"error", written.error().message}});
    }
    note_written();
  }

  static void write_use(Call& call, const std::string& arn, const model::Operation& operation, const Use& use) {
    std::string_view service = use.service->signing_name, action = operation.name;
    if (std::size_t colon = use.action.find(':'); colon != use.action.npos) {
      service = std::string_view(use.action).substr(0, colon);
      action = std::string_view(use.action).substr(colon + 1);
    }
    std::string key = store::key(std::string_view(arn), service, action);
    UseRow row = call.tx.get(kUses, key).value_or(UseRow{});
    row.at_ms = std::max(row.at_ms, use.at_ms);
    row.region = use.region;
    for (const std::string& resource : use.resources) add_resource(row.resources, resource);
    call.tx.put(kUses, key, row);
  }

  void note_written() {
    for (auto& [arn, notes] : principals_)
      for (auto& [operation, use] : notes.uses) use.is_dirty = false;
    for (auto& [id, use] : keys_) use.is_dirty = false;
    if (principals_.size() > kPrincipalsMax) principals_.clear();
    if (keys_.size() > kPrincipalsMax) keys_.clear();
    has_new_ = is_dirty_ = false;
    written_ms_ = to_ms(cloud_.clock().now());
  }

  Cloud& cloud_;
  std::unordered_map<std::string, Notes, TextHash, std::equal_to<>> principals_;  // by ARN
  std::unordered_map<std::string, Use> keys_;
  bool has_new_ = false;   // something was used for the first time
  bool is_dirty_ = false;  // something is to be written, at leisure
  std::int64_t written_ms_ = 0;
};

}  // namespace

KeyUse last_use_of_key(Call& call, std::string_view access_key_id) {
  auto row = call.tx.unrecorded().get(kKeyUses, access_key_id);
  if (!row) return {};
  return {.at_ms = row->at_ms, .service = row->service, .region = row->region};
}

std::vector<ServiceUse> uses_by_principal(Call& call, std::string_view principal_arn) {
  std::vector<ServiceUse> uses;
  std::size_t total = 0;  // place of the service's entry without an action
  call.tx.unrecorded().scan(kUses, store::key(principal_arn), [&](std::string_view key, UseRow& row) {
    store::KeyReader parts(key);
    parts.text();
    std::string service = parts.text(), action = parts.text();
    if (uses.empty() || uses.back().service != service) {
      total = uses.size();
      uses.push_back({.service = service, .action = {}, .at_ms = 0, .region = {}, .resources = {}});
    }
    if (row.at_ms > uses[total].at_ms) {
      uses[total].at_ms = row.at_ms;
      uses[total].region = row.region;
    }
    uses.push_back({std::move(service), std::move(action), row.at_ms, std::move(row.region), std::move(row.resources)});
  });
  return uses;
}

std::unique_ptr<Recorder> make_usage_recorder(Cloud& cloud) { return std::make_unique<UsageRecorder>(cloud); }

}  // namespace kernel
