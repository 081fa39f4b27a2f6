import { Combobox, Popover, useCombobox } from "@mantine/core";
import { IconCheck, IconMinus, IconPlus } from "@tabler/icons-react";
import { Fragment, type ReactNode, useEffect, useId, useState } from "react";
import { isSameName, matches } from "@/lib/search";
import classes from "./pick-list.module.css";

export interface PickItem {
  readonly value: string;
  readonly label: string;
  /** Items of one group stand together under its name, in the order in which they are given. */
  readonly group?: string | undefined;
  /** A dot, an icon: drawn before the label. */
  readonly mark?: ReactNode;
  /** Chosen, or chosen for a part of what is being changed. */
  readonly state?: "chosen" | "mixed" | undefined;
}

/** So many are drawn at once; typing finds the others. */
const mostShown = 200;
const createValue = "\u0000create";

/** A list to choose from, with a field that searches it; beside the button of a `Picker`. */
export function PickList({
  label,
  placeholder,
  items,
  isMultiple = false,
  isLoading = false,
  failure = null,
  empty,
  maxLength = 200,
  createLabel,
  onPick,
  onCreate,
  onClose,
}: {
  label: string;
  placeholder: string;
  items: readonly PickItem[];
  /** Stays open for more. */
  isMultiple?: boolean;
  isLoading?: boolean;
  failure?: string | null;
  /** What to say when there is nothing to choose from. */
  empty: string;
  maxLength?: number;
  createLabel?: (text: string) => string;
  onPick: (value: string) => void;
  /** Makes something new of what was typed; without it nothing new can be made. */
  onCreate?: ((text: string) => void) | undefined;
  onClose: () => void;
}) {
  const listId = useId();
  const [text, setText] = useState("");
  const combobox = useCombobox({ opened: true, onOpenedChange: (isOpen) => !isOpen && onClose() });
  const found = items.filter(
    (item) =>
      matches(item.label, text) || (item.group && matches(`${item.group} ${item.label}`, text)),
  );
  const shown = found.slice(0, mostShown);
  const wanted = text.trim();
  const canCreate =
    onCreate !== undefined &&
    wanted !== "" &&
    !items.some((item) => isSameName(item.label, wanted));

  // What Enter takes is always marked: the first that fits.
  // biome-ignore lint/correctness/useExhaustiveDependencies: when the list changes
  useEffect(() => {
    combobox.selectFirstOption();
  }, [text, items.length, canCreate]);

  function submit(value: string) {
    if (value === createValue) {
      onCreate?.(wanted);
      setText("");
    } else {
      onPick(value);
    }
    if (isMultiple) {
      combobox.focusSearchInput();
    } else {
      onClose();
    }
  }

  return (
    <Combobox
      store={combobox}
      position="bottom-start"
      width={288}
      shadow="md"
      transitionProps={{ duration: 0 }}
      onOptionSubmit={submit}
    >
      <Combobox.DropdownTarget>
        <span className={classes.anchor} />
      </Combobox.DropdownTarget>
      <Popover.Dropdown
        data-pick-list
        role="dialog"
        aria-label={label}
        className={classes.dropdown ?? ""}
      >
        <Combobox.Search
          ref={focusQuietly}
          role="combobox"
          aria-controls={listId}
          aria-expanded
          aria-label={label}
          placeholder={placeholder}
          maxLength={maxLength}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Tab" || event.key === "Escape") {
              event.preventDefault();
              event.stopPropagation();
              onClose();
            }
            // Forms around it are not sent by choosing.
            if (event.key === "Enter") {
              event.preventDefault();
              event.stopPropagation();
            }
          }}
        />
        <Combobox.Options id={listId} aria-label={label} className={classes.options ?? ""}>
          {groupsOf(shown).map(([group, members]) => {
            const options = members.map((item) => (
              <Combobox.Option
                key={item.value}
                value={item.value}
                active={item.state === "chosen"}
                aria-selected={item.state === "chosen"}
                className={classes.option ?? ""}
              >
                {item.mark}
                <span className={classes.label}>{item.label}</span>
                {item.state === "chosen" && <IconCheck size={16} aria-hidden />}
                {item.state === "mixed" && (
                  <>
                    <IconMinus size={16} aria-hidden />
                    <span className={classes.spoken}>for some</span>
                  </>
                )}
              </Combobox.Option>
            ));
            return group === "" ? (
              <Fragment key={group}>{options}</Fragment>
            ) : (
              <Combobox.Group key={group} label={group}>
                {options}
              </Combobox.Group>
            );
          })}
          {canCreate && (
            <Combobox.Option value={createValue} className={classes.option ?? ""}>
              <IconPlus size={16} aria-hidden />
              <span className={classes.label}>
                {createLabel ? createLabel(wanted) : `Add “${wanted}”`}
              </span>
            </Combobox.Option>
          )}
          {shown.length === 0 && !canCreate && (
            <Combobox.Empty>
              {isLoading
                ? "One moment …"
                : (failure ?? (items.length === 0 ? empty : "Nothing found"))}
            </Combobox.Empty>
          )}
        </Combobox.Options>
        {found.length > shown.length && (
          <Combobox.Footer className={classes.footer ?? ""}>
            {found.length - shown.length} more: type to find them
          </Combobox.Footer>
        )}
      </Popover.Dropdown>
    </Combobox>
  );
}

/** The page stays where it is. */
function focusQuietly(field: HTMLInputElement | null) {
  if (field && document.activeElement !== field) {
    field.focus({ preventScroll: true });
  }
}

function groupsOf(items: readonly PickItem[]): [string, PickItem[]][] {
  const groups = new Map<string, PickItem[]>();
  for (const item of items) {
    const group = item.group ?? "";
    groups.set(group, [...(groups.get(group) ?? []), item]);
  }
  return [...groups];
}
