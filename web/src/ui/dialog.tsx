import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./dialog.module.css";

/** A question or a small form over the page. */
export function Dialog({
  isOpen,
  title,
  children,
  onClose,
  isSticky = false,
  size = "sm",
}: {
  isOpen: boolean;
  title: string;
  children: ReactNode;
  /** Without it the dialog can't be left but by what is in it. */
  onClose?: () => void;
  /** Shows something that must not be lost by a press beside it. */
  isSticky?: boolean;
  size?: "sm" | "lg";
}) {
  const close = onClose ?? (() => undefined);
  return (
    <Modal.Root
      opened={isOpen}
      onClose={close}
      centered
      size={size}
      closeOnEscape={onClose !== undefined}
      closeOnClickOutside={onClose !== undefined && !isSticky}
    >
      <Modal.Overlay backgroundOpacity={0.45} />
      <Modal.Content radius="lg" classNames={{ content: classes.dialog ?? "" }}>
        <Modal.Body p="lg">
          <div className={classes.head}>
            <Modal.Title>{title}</Modal.Title>
            {onClose && <Modal.CloseButton aria-label="Close" />}
          </div>
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
