// AWS CloudTrail. Operations are listed here and written in the files named beside them; README.md tells how it all
// works.
#include "services/cloudtrail/event_data_stores.h"
#include "services/cloudtrail/insights.h"
#include "services/cloudtrail/queries.h"
#include "services/cloudtrail/recorder.h"
#include "services/cloudtrail/stored.h"
#include "services/cloudtrail/trails.h"

namespace cloudtrail {

namespace {

// What a call is authorised on: the trail or event data store it names, whether there is one or not.
std::string resource_of(Call& call, std::string_view operation, const Value& input) {
  auto arn_of = [&](const std::string& name, std::string_view kind) {
    if (name.empty()) return std::string("*");
    return name.starts_with("arn:") ? name : call.arn("cloudtrail", fmt::format("{}/{}", kind, name));
  };
  for (const char* member : {"ResourceId", "ResourceArn"})
    if (input.has(member)) return input.at(member).str();
  if (input.has("EventDataStore")) return arn_of(input.at("EventDataStore").str(), "eventdatastore");
  if (input.has("TrailName")) return arn_of(input.at("TrailName").str(), "trail");
  if (operation == "CreateEventDataStore") return "*";
  return input.has("Name") ? arn_of(input.at("Name").str(), "trail") : "*";
}

}  // namespace

kernel::Service service() {
  auto service = kernel::make_service<Model>({
      // lookup.cc
      OPERATION(LookupEvents),
      // trails.cc
      OPERATION(CreateTrail),
      OPERATION(DeleteTrail),
      OPERATION(DescribeTrails),
      OPERATION(GetTrail),
      OPERATION(ListTrails),
      OPERATION(UpdateTrail),
      // trail_settings.cc
      OPERATION(GetEventSelectors),
      OPERATION(GetInsightSelectors),
      OPERATION(GetTrailStatus),
      OPERATION(PutEventSelectors),
      OPERATION(PutInsightSelectors),
      OPERATION(StartLogging),
      OPERATION(StopLogging),
      // event_data_stores.cc
      OPERATION(CreateEventDataStore),
      OPERATION(DeleteEventDataStore),
      OPERATION(GetEventDataStore),
      OPERATION(ListEventDataStores),
      OPERATION(RestoreEventDataStore),
      OPERATION(StartEventDataStoreIngestion),
      OPERATION(StopEventDataStoreIngestion),
      OPERATION(UpdateEventDataStore),
      // queries.cc
      OPERATION(CancelQuery),
      OPERATION(DescribeQuery),
      OPERATION(GetQueryResults),
      OPERATION(ListQueries),
      OPERATION(StartQuery),
      // tags.cc
      OPERATION(AddTags),
      OPERATION(DeleteResourcePolicy),
      OPERATION(GetResourcePolicy),
      OPERATION(ListTags),
      OPERATION(PutResourcePolicy),
      OPERATION(RemoveTags),
  });
  service.resource_of = resource_of;
  service.timers = {&kForgetQuery, &kMinute, &kPurge, &kRunQuery, &kSweep};
  service.make_recorder = make_recorder;
  return service;
}

}  // namespace cloudtrail
