// Handshakes: invitations, and the consent of invited accounts to all features.
#include "services/organizations/handshakes.h"

#include "services/organizations/service_limits.h"

namespace organizations {

namespace {

// "Handshakes that are CANCELED, ACCEPTED, DECLINED, or EXPIRED show up in lists for only 30 days after entering that
// state. After that they are deleted."
constexpr std::int64_t kKeptMs = 30LL * 24 * 3'600 * 1'000;

bool is_waiting(const Handshake& handshake) {
  return handshake.state == HandshakeState::kOpen || handshake.state == HandshakeState::kRequested;
}

std::string_view state_of(Call& call, const Handshake& handshake) {
  if (is_expired(call, handshake)) return "EXPIRED";
  switch (handshake.state) {
    case HandshakeState::kRequested: return "REQUESTED";
    case HandshakeState::kOpen: return "OPEN";
    case HandshakeState::kCanceled: return "CANCELED";
    case HandshakeState::kAccepted: return "ACCEPTED";
    case HandshakeState::kDeclined: return "DECLINED";
  }
  return "";
}

Value resource(std::string_view type, std::string_view value) { return Out{{"Type", type}, {"Value", value}}; }

Value::List resources_of(Call& call, const Handshake& handshake) {
  Value organization = resource("ORGANIZATION", handshake.organization);
  if (handshake.action == "INVITE") {
    auto management = call.tx.get(kAccounts, handshake.management_account);
    organization.set("Resources", Value::List{resource("MASTER_EMAIL", management ? management->email : ""),
                                              resource("MASTER_NAME", management ? management->name : ""),
                                              resource("ORGANIZATION_FEATURE_SET",
                                                       handshake.had_all_features ? "ALL" : "CONSOLIDATED_BILLING")});
  }
  Value::List resources{organization};
  if (!handshake.email.empty()) {
    resources.push_back(resource("EMAIL", handshake.email));
  } else if (!handshake.account.empty()) {
    resources.push_back(resource("ACCOUNT", handshake.account));
  }
  if (!handshake.notes.empty()) resources.push_back(resource("NOTES", handshake.notes));
  if (!handshake.parent.empty()) resources.push_back(resource("PARENT_HANDSHAKE", handshake.parent));
  return resources;
}

Value show_handshake(Call& call, const Handshake& handshake) {
  Value::List parties{Out{{"Id", handshake.organization}, {"Type", "ORGANIZATION"}}};
  if (!handshake.email.empty()) {
    parties.push_back(Out{{"Id", handshake.email}, {"Type", "EMAIL"}});
  } else if (!handshake.account.empty()) {
    parties.push_back(Out{{"Id", handshake.account}, {"Type", "ACCOUNT"}});
  }
  return Out{{"Id", handshake.id},
             {"Arn", fmt::format("arn:aws:organizations::{}:handshake/{}/{}/{}", handshake.management_account,
                                 handshake.organization, base::to_lower(handshake.action), handshake.id)},
             {"Parties", std::move(parties)},
             {"State", state_of(call, handshake)},
             {"RequestedTimestamp", handshake.requested_ms},
             {"ExpirationTimestamp", handshake.expires_ms},
             {"Action", handshake.action},
             {"Resources", resources_of(call, handshake)}};
}

base::Result<Handshake> find_handshake(Call& call, In in) {
  TRY_VOID(check_input(call));
  auto handshake = call.tx.get(kHandshakes, in.str("HandshakeId"));
  if (!handshake)
    return error("HandshakeNotFoundException", "We can't find a handshake with the HandshakeId that you specified.");
  return *handshake;
}

std::unexpected<base::Error> not_yours() {
  return error("AccessDeniedException", "You don't have permissions to access this resource.");
}

// The handshake can still be brought into `wanted`.
base::Result<void> check_waiting(Call& call, const Handshake& handshake, HandshakeState wanted) {
  if (handshake.state == wanted)
    return error("HandshakeAlreadyInStateException", "The specified handshake is already in the requested state.");
  if (!is_waiting(handshake) || is_expired(call, handshake))
    return error("InvalidHandshakeTransitionException",
                 "You can't perform the operation on the handshake in its current state.");
  return {};
}

void settle(Call& call, Handshake& handshake, HandshakeState state) {
  handshake.state = state;
  handshake.changed_ms = call.now_ms();
  call.tx.put(kHandshakes, handshake.id, handshake);
}

std::string email_of(const Handshake& handshake) {
  return handshake.email.empty() ? handshake.account + "@example.com" : handshake.email;
}

base::Result<void> accept_invitation(Call& call, const Handshake& handshake) {
  if (call.tx.has(kAccounts, handshake.account))
    return handshake_violation("ALREADY_IN_AN_ORGANIZATION",
                               "The provided account is already a member of an organization.");
  const Organization organization = load_organization(call, handshake.organization);
  add_member(call, organization,
             {.id = handshake.account,
              .organization = organization.id,
              .parent = organization.root,
              .email = email_of(handshake),
              .name = handshake.account,
              .joined_ms = call.now_ms()});
  put_tags(call, organization, handshake.account, handshake.tags);
  return {};
}

// The last consent opens the organization's own handshake, for its management account to finish.
void consent_given(Call& call, const Handshake& consent) {
  auto parent = call.tx.get(kHandshakes, consent.parent);
  if (!parent || parent->state != HandshakeState::kRequested) return;
  bool is_last = true;
  call.tx.scan(kHandshakes, "", [&](std::string_view, Handshake& other) {
    if (other.parent == parent->id && other.state != HandshakeState::kAccepted) is_last = false;
  });
  if (is_last) settle(call, *parent, HandshakeState::kOpen);
}

base::Result<void> finish_all_features(Call& call, const Handshake& handshake) {
  if (handshake.state != HandshakeState::kOpen)
    return error("InvalidHandshakeTransitionException",
                 "You can't perform the operation on the handshake in its current state.");
  Organization organization = load_organization(call, handshake.organization);
  organization.has_all_features = true;
  call.tx.put(kOrganizations, organization.id, organization);
  kernel::policies_changed(call, "");
  return {};
}

base::Result<Out> list_handshakes(Call& call, In in, const std::function<bool(const Handshake&)>& is_wanted) {
  const Value& filter = in["Filter"];
  if (filter.has("ActionType") && filter.has("ParentHandshakeId"))
    return invalid_input("MAX_LIMIT_EXCEEDED_FILTER", "You can specify only one filter parameter for the operation.");
  return list_rows(call, in, kHandshakes, "", "Handshakes",
                   [&](std::string_view, Handshake& handshake) -> std::optional<Value> {
                     const std::int64_t ended_ms = is_waiting(handshake) ? handshake.expires_ms : handshake.changed_ms;
                     if (!is_wanted(handshake) || call.now_ms() >= ended_ms + kKeptMs) return std::nullopt;
                     if (filter.has("ActionType") && filter.at("ActionType").str() != handshake.action)
                       return std::nullopt;
                     if (filter.has("ParentHandshakeId") && filter.at("ParentHandshakeId").str() != handshake.parent)
                       return std::nullopt;
                     return show_handshake(call, handshake);
                   });
}

}  // namespace

bool is_expired(Call& call, const Handshake& handshake) {
  return is_waiting(handshake) && call.now_ms() >= handshake.expires_ms;
}

Out show_in_answer(Call& call, const Handshake& handshake) {
  return Out{{"Handshake", show_handshake(call, handshake)}};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeHandshake.html
base::Result<Out> DescribeHandshake(Call& call, In in) {
  const Handshake handshake = TRY(find_handshake(call, in));
  if (call.caller.account != handshake.account && call.caller.account != handshake.management_account)
    return not_yours();
  return show_in_answer(call, handshake);
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_AcceptHandshake.html
base::Result<Out> AcceptHandshake(Call& call, In in) {
  Handshake handshake = TRY(find_handshake(call, in));
  const std::string& recipient = handshake.account.empty() ? handshake.management_account : handshake.account;
  if (call.caller.account != recipient) return not_yours();
  TRY_VOID(check_waiting(call, handshake, HandshakeState::kAccepted));
  if (handshake.action == "INVITE") TRY_VOID(accept_invitation(call, handshake));
  if (handshake.action == "ENABLE_ALL_FEATURES") TRY_VOID(finish_all_features(call, handshake));
  settle(call, handshake, HandshakeState::kAccepted);
  if (handshake.action == "APPROVE_ALL_FEATURES") consent_given(call, handshake);
  return show_in_answer(call, handshake);
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_DeclineHandshake.html
base::Result<Out> DeclineHandshake(Call& call, In in) {
  Handshake handshake = TRY(find_handshake(call, in));
  if (call.caller.account != handshake.account) return not_yours();
  TRY_VOID(check_waiting(call, handshake, HandshakeState::kDeclined));
  settle(call, handshake, HandshakeState::kDeclined);
  return show_in_answer(call, handshake);
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_CancelHandshake.html
base::Result<Out> CancelHandshake(Call& call, In in) {
  Handshake handshake = TRY(find_handshake(call, in));
  if (call.caller.account != handshake.management_account) return not_yours();
  TRY_VOID(check_waiting(call, handshake, HandshakeState::kCanceled));
  settle(call, handshake, HandshakeState::kCanceled);
  // The consents that belong to it are of no use any more.
  std::vector<Handshake> consents;
  call.tx.scan(kHandshakes, "", [&](std::string_view, Handshake& other) {
    if (other.parent == handshake.id && is_waiting(other)) consents.push_back(other);
  });
  for (Handshake& consent : consents) settle(call, consent, HandshakeState::kCanceled);
  return show_in_answer(call, handshake);
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListHandshakesForAccount.html
base::Result<Out> ListHandshakesForAccount(Call& call, In in) {
  TRY_VOID(check_input(call));
  return list_handshakes(call, in,
                         [&](const Handshake& handshake) { return handshake.account == call.caller.account; });
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListHandshakesForOrganization.html
base::Result<Out> ListHandshakesForOrganization(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kRead));
  return list_handshakes(call, in,
                         [&](const Handshake& handshake) { return handshake.organization == organization.id; });
}

}  // namespace organizations
