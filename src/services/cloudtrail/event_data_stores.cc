// Event data stores: what they keep, how long, and whether.
#include "services/cloudtrail/event_data_stores.h"

#include "base/bytes.h"
#include "services/cloudtrail/selectors.h"
#include "services/cloudtrail/stored.h"
#include "services/cloudtrail/trails.h"

namespace cloudtrail {

namespace {

constexpr kernel::Limit kStoresMax{"cloudtrail", "L-8BB2F0D2", 10};
constexpr std::int64_t kPendingDays = 7;  // "in a PENDING_DELETION state … for seven days"
constexpr std::string_view kExtendable = "EXTENDABLE_RETENTION_PRICING", kFixed = "FIXED_RETENTION_PRICING";
constexpr std::int64_t kFixedDaysMax = 2'557;
constexpr std::int64_t kDefaultDays = 366;
constexpr std::size_t kSweptPerStep = 1'000;
constexpr std::int64_t kListMax = 1'000;

bool is_gone(const EventDataStore& store, std::int64_t now_ms) {
  return store.deleted_ms && now_ms >= store.deleted_ms + kPendingDays * kDayMs;
}

std::string status_of(const EventDataStore& store) {
  if (store.deleted_ms) return "PENDING_DELETION";
  return store.is_ingesting ? "ENABLED" : "STOPPED_INGESTION";
}

Out show(const Call& call, const EventDataStore& store) {
  Out out{{"EventDataStoreArn", store_arn(call, store)},
          {"Name", store.name},
          {"Status", status_of(store)},
          {"AdvancedEventSelectors", show_advanced_selectors(store.selectors)},
          {"MultiRegionEnabled", store.is_multi_region},
          {"OrganizationEnabled", store.is_organization},
          {"RetentionPeriod", store.retention_days},
          {"TerminationProtectionEnabled", store.is_protected},
          {"CreatedTimestamp", store.created_ms},
          {"UpdatedTimestamp", store.updated_ms}};
  if (!store.kms_key_id.empty()) out.set("KmsKeyId", store.kms_key_id);
  out.set("BillingMode", store.billing_mode);
  return out;
}

base::Result<void> change(EventDataStore& store, const In& in) {
  if (in.has("Name")) store.name = in.str("Name");
  if (in.has("AdvancedEventSelectors")) {
    store.selectors = read_advanced_selectors(in["AdvancedEventSelectors"]);
    TRY_VOID(check_advanced_selectors(store.selectors, SelectorUse::kStore));
  }
  if (in.has("MultiRegionEnabled")) store.is_multi_region = in.flag("MultiRegionEnabled");
  if (in.flag("OrganizationEnabled"))
    // LIMIT: there are no event data stores for organizations.
    return error("UnsupportedOperationException", "Event data stores for organizations are not supported here.");
  if (in.has("TerminationProtectionEnabled")) store.is_protected = in.flag("TerminationProtectionEnabled");
  if (in.has("KmsKeyId")) store.kms_key_id = in.str("KmsKeyId");
  if (in.has("BillingMode")) store.billing_mode = in.str("BillingMode");
  store.retention_days = in.num("RetentionPeriod", store.retention_days);
  if (store.billing_mode == kFixed && store.retention_days > kFixedDaysMax)
    return error("InvalidParameterException",
                 "The maximum retention period for the FIXED_RETENTION_PRICING billing mode is 2557 days.");
  return {};
}

// How many there are, this one aside, and whether one of them has its name.
base::Result<void> check_others(Call& call, const EventDataStore& store) {
  std::int64_t count = 0;
  bool is_taken = false;
  call.tx.scan(kStores, "", [&](std::string_view, EventDataStore& other) {
    if (other.id == store.id || is_gone(other, call.now_ms())) return;
    ++count;
    is_taken |= other.name == store.name;
  });
  if (is_taken)
    return error("EventDataStoreAlreadyExistsException", "An event data store with that name already exists.");
  if (count >= call.limit(kStoresMax))
    return error("EventDataStoreMaxLimitExceededException",
                 "Your account has used the maximum number of event data stores.");
  return {};
}

void save(Call& call, EventDataStore& store) {
  store.updated_ms = call.now_ms();
  call.tx.put(kStores, store.id, store);
  update_selection(call, store);
}

}  // namespace

std::string store_arn(const Call& call, const EventDataStore& store) {
  return call.arn("cloudtrail", "eventdatastore/" + store.id);
}

base::Result<EventDataStore> find_store(Call& call, const std::string& id_or_arn) {
  std::string id = id_or_arn;
  if (id.starts_with("arn:")) {
    std::string prefix = call.arn("cloudtrail", "eventdatastore/");
    if (!id.starts_with(prefix))
      return error("EventDataStoreARNInvalidException",
                   "The specified event data store ARN is not valid or does not map to an event data store in your "
                   "account.");
    id = id.substr(prefix.size());
  }
  auto store = call.tx.get(kStores, id);
  if (store && !is_gone(*store, call.now_ms())) return *std::move(store);
  return error("EventDataStoreNotFoundException", "The specified event data store was not found.");
}

base::Result<EventDataStore> find_active_store(Call& call, const std::string& id_or_arn) {
  EventDataStore store = TRY(find_store(call, id_or_arn));
  if (store.deleted_ms) return error("InactiveEventDataStoreException", "The event data store is inactive.");
  return store;
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateEventDataStore.html
base::Result<Out> CreateEventDataStore(Call& call, In in) {
  EventDataStore store{.id = call.uuid(),
                       .selectors = default_store_selectors(),
                       .billing_mode = std::string(kExtendable),
                       .created_ms = call.now_ms()};
  if (in.str("BillingMode") == kFixed) store.retention_days = kFixedDaysMax;
  TRY_VOID(change(store, in));
  if (store.selectors.empty()) store.selectors = default_store_selectors();
  TRY_VOID(check_tags({}, in["TagsList"]));
  store.tags = read_tags(in["TagsList"]);
  store.is_ingesting = !in.has("StartIngestion") || in.flag("StartIngestion");
  TRY_VOID(check_others(call, store));
  save(call, store);
  call.arm(kSweep, call.now + kernel::Millis(store.retention_days * kDayMs), store.id);
  Out out = show(call, store);
  out.set("TagsList", show_tags(store.tags));
  return out;
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateEventDataStore.html
base::Result<Out> UpdateEventDataStore(Call& call, In in) {
  EventDataStore store = TRY(find_active_store(call, in.str("EventDataStore")));
  bool is_fixed = store.billing_mode == kFixed;
  TRY_VOID(change(store, in));
  if (!is_fixed && store.billing_mode == kFixed)
    return error("InvalidParameterException",
                 "You cannot change the billing mode from EXTENDABLE_RETENTION_PRICING to FIXED_RETENTION_PRICING.");
  if (in.has("Name")) TRY_VOID(check_others(call, store));
  save(call, store);
  return show(call, store);
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventDataStore.html
base::Result<Out> GetEventDataStore(Call& call, In in) {
  EventDataStore store = TRY(find_store(call, in.str("EventDataStore")));
  return show(call, store);
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListEventDataStores.html
base::Result<Out> ListEventDataStores(Call& call, In in) {
  std::int64_t limit = in.num("MaxResults", kListMax);
  store::Scan scan;
  if (in.has("NextToken")) {
    auto after = base::from_base64(in.str("NextToken"));
    if (!after) return error("InvalidNextTokenException", "A token that is not valid was specified.");
    scan.after = *after;
  }
  Value::List stores;
  std::string last;
  bool has_more = false;
  call.tx.scan(kStores, scan, [&](std::string_view key, EventDataStore& store) {
    if (is_gone(store, call.now_ms())) return true;
    if (static_cast<std::int64_t>(stores.size()) == limit) {
      has_more = true;
      return false;
    }
    stores.push_back(Out{{"EventDataStoreArn", store_arn(call, store)}, {"Name", store.name}});
    last = key;
    return true;
  });
  Out out{{"EventDataStores", std::move(stores)}};
  if (has_more) out.set("NextToken", base::to_base64(last));
  return out;
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DeleteEventDataStore.html
base::Result<Out> DeleteEventDataStore(Call& call, In in) {
  EventDataStore store = TRY(find_active_store(call, in.str("EventDataStore")));
  if (store.is_protected)
    return error("EventDataStoreTerminationProtectedException",
                 "The event data store cannot be deleted because termination protection is enabled for it.");
  store.deleted_ms = call.now_ms();
  save(call, store);
  call.arm(kSweep, call.now + kernel::Millis(kPendingDays * kDayMs), store.id);
  return Out{};
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_RestoreEventDataStore.html
base::Result<Out> RestoreEventDataStore(Call& call, In in) {
  EventDataStore store = TRY(find_store(call, in.str("EventDataStore")));
  if (!store.deleted_ms)
    return error("InvalidEventDataStoreStatusException",
                 "The event data store is not in a status that supports the operation.");
  store.deleted_ms = 0;
  save(call, store);
  call.arm(kSweep, call.now + kernel::Millis(kDayMs), store.id);
  return show(call, store);
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StartEventDataStoreIngestion.html
base::Result<Out> StartEventDataStoreIngestion(Call& call, In in) {
  EventDataStore store = TRY(find_active_store(call, in.str("EventDataStore")));
  if (store.is_ingesting)
    return error("InvalidEventDataStoreStatusException",
                 "The event data store is not in a status that supports the operation.");
  store.is_ingesting = true;
  save(call, store);
  return Out{};
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopEventDataStoreIngestion.html
base::Result<Out> StopEventDataStoreIngestion(Call& call, In in) {
  EventDataStore store = TRY(find_active_store(call, in.str("EventDataStore")));
  if (!store.is_ingesting)
    return error("InvalidEventDataStoreStatusException",
                 "The event data store is not in a status that supports the operation.");
  store.is_ingesting = false;
  save(call, store);
  return Out{};
}

// Throws away what is past its retention period, and everything of a store whose time to be restored is over.
base::Result<void> sweep(kernel::Call& call, std::string_view key) {
  auto store = call.tx.get(kStores, key);
  if (!store) return {};
  bool all = is_gone(*store, call.now_ms());
  std::int64_t oldest_ms = call.now_ms() - store->retention_days * kDayMs;
  std::optional<std::int64_t> first_ms;
  std::size_t left = kSweptPerStep;
  call.tx.unrecorded().scan_keys(kStored, {.prefix = store::key(key)}, [&](std::string_view row) {
    store::KeyReader parts(row);
    parts.text();
    std::int64_t time_ms = parts.number();
    if ((!all && time_ms >= oldest_ms) || left == 0) {
      first_ms = time_ms;
      return false;
    }
    --left;
    call.tx.erase(kStored, row);
    return true;
  });
  if (left == 0) return call.arm(kSweep, call.now, key), base::Result<void>{};
  if (all) return call.tx.erase(kStores, key), base::Result<void>{};
  std::int64_t due_ms = first_ms.value_or(call.now_ms()) + store->retention_days * kDayMs;
  if (store->deleted_ms) due_ms = store->deleted_ms + kPendingDays * kDayMs;
  call.arm(kSweep, kernel::from_ms(std::max(due_ms, call.now_ms() + kDayMs / 24)), key);
  return {};
}

void update_selection(Call& call, const EventDataStore& store) {
  Selection selection = call.tx.get(kSelection, "").value_or(Selection{});
  bool changed = std::erase_if(selection.stores, [&](const SelectedStore& other) { return other.id == store.id; }) > 0;
  if (store.is_ingesting && !store.deleted_ms) {
    selection.stores.push_back({.account = call.place.account,
                                .region = call.place.region,
                                .id = store.id,
                                .is_multi_region = store.is_multi_region,
                                .selectors = store.selectors});
    changed = true;
  }
  if (changed) call.tx.put(kSelection, "", selection);
}

}  // namespace cloudtrail
