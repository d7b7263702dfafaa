// SPDX-License-Identifier: Apache-2.0
// The page of switches is nothing without what it switches: no copy of it is kept.
