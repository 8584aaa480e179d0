// The recorder: what a lane has done in a turn becomes a row of the event history, before the turn's flush.
#include "services/cloudtrail/recorder.h"

#include <unordered_map>

#include "base/arn.h"
#include "base/gzip.h"
#include "base/json.h"
#include "kernel/cloud.h"
#include "services/cloudtrail/insights.h"
#include "services/cloudtrail/kinds.h"
#include "services/cloudtrail/parameters.h"
#include "services/cloudtrail/record.h"
#include "services/cloudtrail/selectors.h"
#include "services/cloudtrail/stored.h"

namespace cloudtrail {

namespace {

using kernel::Call;
using kernel::Principal;

std::string_view host_of(std::string_view base_url) {
  std::size_t start = base_url.find("://");
  return start == base_url.npos ? base_url : base_url.substr(start + 3);
}

class TrailRecorder : public kernel::Recorder {
 public:
  explicit TrailRecorder(kernel::Cloud& cloud) : cloud_(cloud) {}

  void on_call(const kernel::Record& record) override {
    const Kind kind = kind_of(record);
    if (kind.is_data && !may_choose_data()) return;
    if (record.service.id == "cloudtrail") is_selection_known_ = false;
    Note note = describe(record, kind);
    std::string_view owner = base::Arn::parse(note.resource).account;
    // "When a call crosses accounts, CloudTrail sends an event to each, with the same sharedEventID"; the owner of the
    // resource is not told of what was refused.
    bool is_foreign = record.result && !owner.empty() && !record.caller.account.empty() &&
                      record.caller.type != Principal::Type::kService && owner != record.caller.account &&
                      owner.find_first_not_of("0123456789") == owner.npos;
    const kernel::Place place{record.place.account, record.service.global ? "us-east-1" : record.place.region};
    if (is_foreign) {
      note.shared_high = cloud_.dice().next();
      note.shared_low = cloud_.dice().next();
      Note copy = note;
      copy.id_high = new_high();
      copy.id_low = new_low();
      copy.is_foreign = true;
      add({std::string(owner), place.region}, record, std::move(copy), kind.is_data);
    }
    add(place, record, std::move(note), kind.is_data);
  }

  void on_turn_end() override {
    if (pending_.empty()) {
      is_selection_known_ = false;  // another lane may change it before the next turn
      return;
    }
    if (!is_selection_known_) read_selection();
    for (Pending& pending : pending_) {
      base::Result<void> written = cloud_.transact(pending.place, [&](Call& call) -> base::Result<void> {
        write(call, pending);
        return {};
      });
      if (!written)
        cloud_.log().write(base::Level::kError, "Calls could not be recorded.", {{"error", written.error().message}});
    }
    pending_.clear();
    is_selection_known_ = false;
  }

  void on_contents_replaced() override {
    pending_.clear();
    is_selection_known_ = false;
  }

 private:
  static constexpr std::size_t kNotesAtFirst = 64;  // room in a block; moving notes about costs as much as making them

  struct Kind {
    bool is_data = false;
    bool shows_response = false;
  };
  struct Pending {
    kernel::Place place;
    Block history, data;
  };

  Kind kind_of(const kernel::Record& record) {
    auto found = kinds_.find(&record.operation);
    if (found != kinds_.end()) return found->second;
    bool is_read = is_read_only(record.service, record.operation);
    Kind kind{.is_data = !data_type_of(record.service.id, record.operation.name).empty(),
              .shows_response = !is_read || record.operation.name.starts_with("Assume")};
    kinds_.emplace(&record.operation, kind);
    return kind;
  }

  bool may_choose_data() {
    if (!is_selection_known_) read_selection();
    return chooses_data_;
  }

  void read_selection() {
    auto contents = cloud_.hold_contents();
    selection_ = cloud_.store().begin({}).get(kSelection, "").value_or(Selection{});
    chooses_data_ = std::ranges::any_of(
        selection_.stores, [](const SelectedStore& store) { return wants_category(store.selectors, "Data"); });
    is_selection_known_ = true;
  }

  // Of a version 4 UUID, as all event ids are.
  std::uint64_t new_high() { return (cloud_.dice().next() & ~0xf000ULL) | 0x4000; }
  std::uint64_t new_low() { return (cloud_.dice().next() & ~(3ULL << 62)) | (2ULL << 62); }

  Note describe(const kernel::Record& record, Kind kind) {
    Note note{.time_ms = kernel::to_ms(record.finished),
              .id_high = new_high(),
              .id_low = new_low(),
              .service = std::string(record.service.id),
              .operation = std::string(record.operation.name),
              .region = record.service.global ? "us-east-1" : record.place.region,
              .request_id = record.request.id};
    if (record.request.secure) note.tls_host = host_of(record.request.base_url);
    note.parameters = parameters_text(record.service, *record.operation.input, record.input);
    if (!record.result) {
      note.error_code = record.result.error().code;
      note.error_message = record.result.error().message;
    } else if (kind.shows_response) {
      note.response = parameters_text(record.service, *record.operation.output, *record.result);
    }
    if (record.resource != "*") note.resource = record.resource;
    note.action = record.action;
    if (record.caller.type == Principal::Type::kService) {
      note.invoked_by = record.caller.arn;
    } else if (record.is_inner && record.invoked_by) {
      note.invoked_by = event_source_of(*record.invoked_by);
    }
    return note;
  }

  void add(const kernel::Place& place, const kernel::Record& record, Note&& note, bool is_data) {
    auto found = std::ranges::find(pending_, place, &Pending::place);
    if (found == pending_.end()) found = pending_.insert(pending_.end(), Pending{place, {}, {}});
    Block& block = is_data ? found->data : found->history;
    if (block.notes.empty()) block.notes.reserve(kNotesAtFirst);
    note.caller = add_caller(block, record);
    block.notes.push_back(std::move(note));
  }

  // One turn's calls come from few callers, mostly from one.
  static std::uint32_t add_caller(Block& block, const kernel::Record& record) {
    const Principal& who = record.caller;
    auto is_same = [&](const Caller& known) {
      return known.arn == who.arn && known.access_key_id == who.access_key_id && known.user_id == who.user_id &&
             known.type == who.type && known.user_agent == record.request.user_agent &&
             known.source_ip == record.request.source_ip && known.multi_factor_present == who.multi_factor_present;
    };
    if (!block.callers.empty() && is_same(block.callers.back()))
      return static_cast<std::uint32_t>(block.callers.size() - 1);
    Caller caller{.type = who.type,
                  .account = who.account,
                  .arn = who.arn,
                  .user_id = who.user_id,
                  .access_key_id = who.access_key_id,
                  .multi_factor_present = who.multi_factor_present,
                  .source_ip = record.request.source_ip,
                  .user_agent = record.request.user_agent};
    if (who.session) {
      caller.has_session = true;
      caller.role_arn = who.session->role_arn;
      caller.issued_ms = who.session->issued_ms;
      caller.source_identity = who.session->source_identity;
      caller.provider = who.session->provider;
    }
    block.callers.push_back(std::move(caller));
    return static_cast<std::uint32_t>(block.callers.size() - 1);
  }

  void write(Call& call, const Pending& pending) {
    const auto& notes = pending.history.notes;
    if (!notes.empty()) {
      call.tx.put(kHistory, store::key(notes.front().time_ms, call.next_sequence()), pending.history);
      begin_purging(call);
      if (auto watched = watched_at(call.place)) count_calls(call, *watched, pending.history);
    }
    ingest(call, pending.history, "Management");
    ingest(call, pending.data, "Data");
  }

  // What the trails that see this place look for together.
  std::optional<WatchedPlace> watched_at(const kernel::Place& place) const {
    std::optional<WatchedPlace> all;
    for (const WatchedPlace& watched : selection_.watched) {
      if (watched.account != place.account || (!watched.is_multi_region && watched.region != place.region)) continue;
      if (!all) {
        all = watched;
        continue;
      }
      all->watches_calls |= watched.watches_calls;
      all->watches_errors |= watched.watches_errors;
      all->since_ms = std::min(all->since_ms, watched.since_ms);
    }
    return all;
  }

  void ingest(Call& call, const Block& block, std::string_view category) {
    if (block.notes.empty()) return;
    for (const SelectedStore& store : selection_.stores) {
      if (store.account != call.place.account) continue;
      if (!store.is_multi_region && store.region != call.place.region) continue;
      if (!wants_category(store.selectors, category)) continue;
      std::vector<Value> chosen;
      for (const Note& note : block.notes) {
        Value record = show_record(block, note, call.place.account);
        if (is_selected(store.selectors, record)) chosen.push_back(std::move(record));
      }
      if (!chosen.empty()) keep_events(call, {store.account, store.region}, store.id, chosen);
    }
  }

  kernel::Cloud& cloud_;
  std::unordered_map<const model::Operation*, Kind> kinds_;
  std::vector<Pending> pending_;
  Selection selection_;
  bool chooses_data_ = false;
  bool is_selection_known_ = false;
};

}  // namespace

std::unique_ptr<kernel::Recorder> make_recorder(kernel::Cloud& cloud) { return std::make_unique<TrailRecorder>(cloud); }

}  // namespace cloudtrail
