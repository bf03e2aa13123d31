"""The tables, one object a file: HSDS 3.1 with the columns of our profile marked as such, conversations, texts, check-ins,
referrals and the people who help."""

from __future__ import annotations

from resources_db.models.accessibility import Accessibility
from resources_db.models.address import Address
from resources_db.models.attribute import Attribute
from resources_db.models.base import Base, UtcDateTime
from resources_db.models.call_request import CallRequest
from resources_db.models.change_request import ChangeRequest
from resources_db.models.check_in import CheckInAnswer, CheckInPlan, ScheduledContact
from resources_db.models.consent import Consent, OptOut
from resources_db.models.contact import Contact
from resources_db.models.conversation import Conversation
from resources_db.models.cost_option import CostOption
from resources_db.models.erasure import Erasure
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.family_record import RecordEntry, WhatIfPart
from resources_db.models.funding import Funding
from resources_db.models.holiday_schedule import HolidaySchedule
from resources_db.models.incoming_text import IncomingText
from resources_db.models.invite import Invite
from resources_db.models.language import Language
from resources_db.models.listing_report import ListingReport
from resources_db.models.location import Location
from resources_db.models.message import Message
from resources_db.models.meta_table_description import MetaTableDescription
from resources_db.models.metadata import MetadataEntry
from resources_db.models.organization import Organization
from resources_db.models.organization_identifier import OrganizationIdentifier
from resources_db.models.outgoing_email import OutgoingEmail
from resources_db.models.outgoing_text import OutgoingText
from resources_db.models.phone import Phone
from resources_db.models.program import Program
from resources_db.models.program_count import ProgramCount
from resources_db.models.provenance import Provenance
from resources_db.models.referral import Referral, ReferralEvent
from resources_db.models.required_document import RequiredDocument
from resources_db.models.schedule import Schedule
from resources_db.models.search import (
    SearchArea,
    SearchListing,
    SearchPlace,
    SearchState,
    SearchText,
    SearchUnplaced,
    SearchWord,
)
from resources_db.models.service import Service
from resources_db.models.service_area import ServiceArea
from resources_db.models.service_at_location import ServiceAtLocation
from resources_db.models.service_capacity import ServiceCapacity
from resources_db.models.service_need import ServiceNeed
from resources_db.models.share import Share, ShareLook
from resources_db.models.site import Site
from resources_db.models.sms_spending import SmsSpending
from resources_db.models.staff_member import StaffMember, StaffSession
from resources_db.models.staff_task import StaffTask
from resources_db.models.taxonomy import Taxonomy
from resources_db.models.taxonomy_term import TaxonomyTerm
from resources_db.models.ticket import Ticket
from resources_db.models.tracker import Tracker
from resources_db.models.translation import Translation
from resources_db.models.unit import Unit
from resources_db.models.url import Url
from resources_db.models.verification import Verification

__all__ = [
    "Accessibility",
    "Address",
    "Attribute",
    "Base",
    "CallRequest",
    "ChangeRequest",
    "CheckInAnswer",
    "CheckInPlan",
    "Consent",
    "Contact",
    "Conversation",
    "CostOption",
    "Erasure",
    "FamilyPhone",
    "Funding",
    "HolidaySchedule",
    "IncomingText",
    "Invite",
    "Language",
    "ListingReport",
    "Location",
    "Message",
    "MetaTableDescription",
    "MetadataEntry",
    "OptOut",
    "Organization",
    "OrganizationIdentifier",
    "OutgoingEmail",
    "OutgoingText",
    "Phone",
    "Program",
    "ProgramCount",
    "Provenance",
    "RecordEntry",
    "Referral",
    "ReferralEvent",
    "RequiredDocument",
    "Schedule",
    "ScheduledContact",
    "SearchArea",
    "SearchListing",
    "SearchPlace",
    "SearchState",
    "SearchText",
    "SearchUnplaced",
    "SearchWord",
    "Service",
    "ServiceArea",
    "ServiceAtLocation",
    "ServiceCapacity",
    "ServiceNeed",
    "Share",
    "ShareLook",
    "Site",
    "SmsSpending",
    "StaffMember",
    "StaffSession",
    "StaffTask",
    "Taxonomy",
    "TaxonomyTerm",
    "Ticket",
    "Tracker",
    "Translation",
    "Unit",
    "Url",
    "UtcDateTime",
    "Verification",
    "WhatIfPart",
]
