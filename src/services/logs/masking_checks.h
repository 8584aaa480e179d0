#pragma once

#include <string_view>

// Whether numbers are what their check digits say. Spaces and signs between digits do not count.
namespace logs {

bool has_luhn_sum(std::string_view found);
bool is_card_number(std::string_view found);
bool is_provider_number(std::string_view found);
bool is_ip_address(std::string_view found);
bool is_bank_account(std::string_view found);
bool is_drug_agency_number(std::string_view found);
bool is_health_service_number(std::string_view found);
bool is_person_of_brazil(std::string_view found);
bool is_company_of_brazil(std::string_view found);
bool is_identity_of_spain(std::string_view found);

}  // namespace logs
