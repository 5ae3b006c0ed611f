import {useState} from "preact/hooks";
import {Form} from "../../parts/form.tsx";
import {ReasonField} from "./reason-field.tsx";

interface DeedProps {
  readonly title: string;
  readonly text: string;
  readonly button: string;
  readonly isDanger?: boolean;
  readonly onSubmit: (reason: string) => Promise<void>;
}

/** Something with consequences: closed at first, says what it does, asks why. */
export function Deed({title, text, button, isDanger = false, onSubmit}: DeedProps) {
  const [reason, setReason] = useState("");
  return (
    <details>
      <summary>{title}</summary>
      <div class="card">
        <Form onSubmit={() => onSubmit(reason)} button={button} isDanger={isDanger}>
          <p>{text}</p>
          <ReasonField value={reason} onInput={setReason} />
        </Form>
      </div>
    </details>
  );
}
