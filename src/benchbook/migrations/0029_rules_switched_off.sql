-- A labour rule may be switched off for a while, and what a roster is made by is announced as it
-- changes: the rules, templates, patterns, and what was generated of them.

ALTER TABLE labour_rules ADD COLUMN enabled boolean NOT NULL DEFAULT true;

CALL announce_changes('labour_rules', 'labour_rules', 'announce_shared');
CALL announce_changes('shift_templates', 'shift_templates', 'announce_shared');
CALL announce_changes('shift_patterns', 'shift_patterns', 'announce_shared');
CALL announce_changes('shift_generations', 'shift_generations', 'announce_shared');
