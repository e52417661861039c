/** What a dataset of the scorecard is: how it is predicted, and how predictions are scored where the truth is at hand. */

/** One measured figure beside what it is compared with. */
export interface Figure {
  /** Unique within the dataset, with its unit. */
  readonly name: string;
  readonly ours: number;
  /** 95 % interval by resampling vehicles, where there are enough of them. */
  readonly interval?: readonly [low: number, high: number];
  /** Which way is better; "inside" where the target is a band, as with coverage; "context" explains others and is not compared. */
  readonly better: "lower" | "higher" | "inside" | "context";
  /** One bound, or the band for "inside". */
  readonly target?: readonly [low: number, high: number] | number;
  /** What a simple method reaches, and what was published, in words: they were often measured on other vehicles. */
  readonly baseline?: string;
  readonly published?: string;
}

/** Directories with the layout of the dataset's own folder. */
export interface Folders {
  readonly input: string;
  /** Where what is learnt from other vehicles comes from; vehicles that are also in `input` never teach themselves. */
  readonly train: string;
}

interface Definition<Prediction> {
  /** The folder's name. */
  readonly name: string;
  predict(folders: Folders): AsyncIterable<Prediction>;
  /** Null where `input` has no truth. */
  score(predictions: readonly Prediction[], folders: Folders): Promise<readonly Figure[] | null>;
}

export interface Dataset {
  readonly name: string;
  /** Predicts, hands each prediction over as soon as it is made, and scores where there is truth. */
  run(folders: Folders, write: (prediction: object) => Promise<void>): Promise<readonly Figure[] | null>;
}

/** Hides the kind of prediction, so that unlike datasets fit into one list. */
export function defineDataset<Prediction extends object>({ name, predict, score }: Definition<Prediction>): Dataset {
  return {
    name,
    run: async (folders, write) => {
      const predictions: Prediction[] = [];
      for await (const prediction of predict(folders)) {
        predictions.push(prediction);
        await write(prediction);
      }
      return await score(predictions, folders);
    },
  };
}
