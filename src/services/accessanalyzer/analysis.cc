// Looking at resources, and what comes of it.
#include "kernel/cloud.h"
#include "policy/access.h"
#include "services/accessanalyzer/analyzer.h"

namespace accessanalyzer {

namespace {

// What an analysis found, by key.
using Found = std::map<std::string, Finding>;

policy::Kind kind_of(std::string_view resource_type) {
  return resource_type == "AWS::IAM::Role" ? policy::Kind::kTrust : policy::Kind::kResource;
}

void add_findings(Call& call, const Analyzer& analyzer, const policy::ZoneOfTrust& zone, const Resource& resource,
                  Found& found) {
  if (resource.policy.empty()) return;
  auto compiled = call.cloud().policies().compile(resource.policy, kind_of(resource.type));
  if (!compiled) return;
  for (const policy::ExternalGrant& grant : policy::external_access(**compiled, zone)) {
    Finding finding{.resource = resource.arn,
                    .resource_type = resource.type,
                    .owner = resource.owner,
                    .principal_type = grant.principal_type,
                    .principal = grant.principal,
                    .conditions = {grant.conditions.begin(), grant.conditions.end()},
                    .is_public = grant.is_public};
    // Statements that let the same one in under the same conditions are one finding.
    Finding& whole = found.try_emplace(finding_key(analyzer, finding), finding).first->second;
    for (const std::string& action : grant.actions)
      if (std::ranges::find(whole.actions, action) == whole.actions.end()) whole.actions.push_back(action);
  }
}

void note_resource(Call& call, const Analyzer& analyzer, const kernel::GuardedResource& seen, Resource& resource) {
  resource = call.tx.get(kResources, key(analyzer.name, seen.arn))
                 .value_or(Resource{.arn = seen.arn, .type = seen.type, .found_ms = call.now_ms()});
  if (resource.updated_ms == 0 || resource.policy != seen.policy) resource.updated_ms = call.now_ms();
  resource.policy = seen.policy;
  resource.analyzed_ms = call.now_ms();
}

// What was found before and what is found now.
void reconcile(Call& call, const Analyzer& analyzer, Found& found) {
  for (Finding& known : findings_of(call, analyzer)) {
    const std::string row = finding_key(analyzer, known);
    auto current = found.extract(row);
    if (current.empty() && known.status == Status::kResolved) continue;
    known.analyzed_ms = call.now_ms();
    if (current.empty()) {
      known.status = Status::kResolved;
      known.updated_ms = call.now_ms();
    } else {
      const Finding& now = current.mapped();
      if (known.status == Status::kResolved) {
        known.status = is_archived_by_rules(call, analyzer, now) ? Status::kArchived : Status::kActive;
        known.updated_ms = call.now_ms();
      }
      if (known.actions != now.actions || known.is_public != now.is_public) known.updated_ms = call.now_ms();
      known.actions = now.actions;
      known.is_public = now.is_public;
    }
    call.tx.put(kFindings, row, known);
  }
  for (auto& [row, finding] : found) {
    finding.id = call.uuid();
    finding.created_ms = finding.analyzed_ms = finding.updated_ms = call.now_ms();
    if (is_archived_by_rules(call, analyzer, finding)) finding.status = Status::kArchived;
    call.tx.put(kFindings, row, finding);
  }
}

}  // namespace

std::string_view name_of(Status status) {
  if (status == Status::kActive) return "ACTIVE";
  return status == Status::kArchived ? "ARCHIVED" : "RESOLVED";
}

std::string finding_key(const Analyzer& analyzer, const Finding& finding) {
  std::string row = key(analyzer.name, finding.resource, finding.principal_type, finding.principal);
  for (const auto& [name, values] : finding.conditions) row += key(name, values);
  return row;
}

std::vector<Finding> findings_of(Call& call, const Analyzer& analyzer) {
  std::vector<Finding> findings;
  call.tx.scan(kFindings, key(analyzer.name), [&](std::string_view, Finding& finding) { findings.push_back(finding); });
  return findings;
}

Result<void> analyze(Call& call, Analyzer& analyzer) {
  const Zone zone = TRY(zone_of(call, analyzer));
  const policy::ZoneOfTrust trusted{zone.accounts, zone.organization_id};
  std::map<std::string, Resource> resources;
  Found found;
  for (const std::string& account : zone.accounts)
    for (const kernel::Service& service : call.cloud().services()) {
      if (!service.access.each_policy) continue;
      service.access.each_policy(call, {account, call.place.region}, [&](const kernel::GuardedResource& seen) {
        Resource& resource = resources[key(analyzer.name, seen.arn)];
        note_resource(call, analyzer, seen, resource);
        resource.owner = account;
        add_findings(call, analyzer, trusted, resource, found);
        analyzer.last_resource = seen.arn;
        analyzer.last_analyzed_ms = call.now_ms();
      });
    }
  call.tx.scan_keys(kResources, {.prefix = key(analyzer.name)}, [&](std::string_view row) {
    if (!resources.contains(std::string(row))) call.tx.erase(kResources, row);
  });
  for (const auto& [row, resource] : resources) call.tx.put(kResources, row, resource);
  reconcile(call, analyzer, found);
  call.tx.put(kAnalyzers, analyzer.name, analyzer);
  return {};
}

}  // namespace accessanalyzer
