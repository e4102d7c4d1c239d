"""The one condition language: it selects customers for lists, segments, rules, SOPs and handovers."""
