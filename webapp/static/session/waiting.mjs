/** What the visitor is told while the server works for others first: how many pieces of work are ahead of theirs. */

const FIRST_MS = 1200;
const AGAIN_MS = 1000;

export class Waiting {
  /**
   * @param {() => Promise<number | null>} ahead asks the server; null: nothing of this visitor's waits
   * @param {(text: string) => void} say
   */
  constructor(ahead, say) {
    this.ahead = ahead;
    this.say = say;
    /** Raised with each piece of work: what was asked about the one before is not said any more. */
    this.turn = 0;
  }

  /** Watches from now on. @param {string} text what the page says about the work itself */
  begin(text) {
    const turn = ++this.turn;
    let said = false;
    const look = async () => {
      if (turn !== this.turn) return;
      const ahead = await this.ahead().catch(() => null); // the work itself says what is wrong
      if (turn !== this.turn) return;
      if (ahead) this.say(`${text.replace(/\s*…$/, "")}: ${ahead} ahead in the queue …`);
      else if (said) this.say(text);
      said = Boolean(ahead);
      setTimeout(look, AGAIN_MS);
    };
    setTimeout(look, FIRST_MS);
  }

  end() {
    this.turn++;
  }
}
